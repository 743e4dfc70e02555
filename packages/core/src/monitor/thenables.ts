// Sees the outcome of a thenable when its owner asks for it, by a `then` of its own on that one object. Asking ourselves is out:
// a lazy one would run twice, and a promise that rejects would count as handled (what nobody awaits is the process's to report).
import type { OperationSpan } from '../tracker/span.js'

const MAX_PENDING_RUNS = 1000 // of one object: a cached one that is returned for ever and never awaited

type Then = (...args: unknown[]) => unknown

/** A run of an operation that ends when the thenable does. */
export interface PendingRun {
  readonly span: OperationSpan
  end(success: boolean, error?: unknown): void
}

interface Watch {
  readonly shadow: Then
  readonly pending: PendingRun[]
}

/** So that an object that is returned again gets one more run, not a shadow over the shadow. */
const watches = new WeakMap<object, Watch>()

/** What was collected without ever being asked has no outcome and no duration: it is no longer active, and not recorded. */
const forgotten = new FinalizationRegistry<PendingRun[]>((pending) => {
  for (const { span } of pending.splice(0)) {
    if (span.ended) continue
    span.ended = true
    span.operation.active--
  }
})

/** Ends `run` with the outcome of `thenable`, once its owner asks for it; `await` calls the `then` of all but plain promises. */
export function watchThenable(thenable: object, then: Then, run: PendingRun): void {
  const known = watches.get(thenable)
  if (known?.shadow === then) {
    if (known.pending.length < MAX_PENDING_RUNS) known.pending.push(run)
    else run.end(true)
    return
  }
  const pending = [run]
  const shadow = shadowOf(then, pending)
  try {
    Object.defineProperty(thenable, 'then', { value: shadow, configurable: true, writable: true })
  } catch {
    run.end(true) // frozen: its end cannot be seen, so what is counted is the call that made it
    return
  }
  watches.set(thenable, { shadow, pending })
  forgotten.register(thenable, pending)
}

function shadowOf(then: Then, pending: PendingRun[]): Then {
  const endAll = (success: boolean, error?: unknown) => {
    for (const run of pending.splice(0)) run.end(success, error)
  }
  return function (this: unknown, resolve?: unknown, reject?: unknown, ...more: unknown[]) {
    const handlers = [
      (value: unknown) => {
        endAll(true)
        return typeof resolve === 'function' ? resolve(value) : value
      },
      (reason: unknown) => {
        endAll(false, reason)
        if (typeof reject === 'function') return reject(reason)
        throw reason
      },
    ]
    try {
      return Reflect.apply(then, this, [...handlers, ...more])
    } catch (error) {
      endAll(false, error)
      throw error
    }
  }
}
