// `/` searches, `g` then a letter goes to a view, `?` shows the keys.
import { useEffect, useRef } from 'preact/hooks'
import { linkTo, type Route, type View } from './routing.js'

const GO_TO: Record<string, View> = {
  o: 'overview',
  f: 'findings',
  p: 'operations',
  a: 'alerts',
  r: 'profiles',
  s: 'system',
}
const CHORD_MS = 1500 // time between `g` and its letter

export function useKeys(route: Route, onHelp: () => void): void {
  const latest = useRef(route)
  latest.current = route
  useEffect(() => {
    let chordUntil = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const view = GO_TO[event.key]
      if (performance.now() < chordUntil && view !== undefined) {
        location.hash = linkTo(latest.current, { view })
        chordUntil = 0
      } else if (event.key === 'g') chordUntil = performance.now() + CHORD_MS
      else if (event.key === '?') onHelp()
      else if (event.key === '/') focusSearch(latest.current)
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

function focusSearch(route: Route): void {
  const search = () => document.getElementById('search')
  if (search() === null) {
    location.hash = linkTo(route, { view: 'operations' })
    // the view is drawn after the address has changed, in a later task
    setTimeout(() => search()?.focus(), 50)
  } else search()?.focus()
}

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} onClose={onClose} aria-label="Keys">
      <h2>Keys</h2>
      <dl class="keys">
        <dt>
          <kbd>/</kbd>
        </dt>
        <dd>search operations, or the functions of a flame graph</dd>
        {Object.entries(GO_TO).map(([key, view]) => (
          <>
            <dt key={key}>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>go to {view}</dd>
          </>
        ))}
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>show the keys</dd>
        <dt>
          <kbd>Esc</kbd>
        </dt>
        <dd>close this</dd>
      </dl>
      <p class="muted">
        Drag across a chart to look closer at that stretch of time. Triangles above a chart mark where an alert or a
        finding began.
      </p>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  )
}
