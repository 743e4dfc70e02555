// Keeps the state fed while the page is live: one stream, and what the stream does not carry by asking again.
import type { PerformanceAlert } from '../../../core/src/types/alerts.js'
import type { ProfileSummary, ProfileType } from '../../../core/src/types/metrics.js'
import type { StreamSample } from '../../../core/src/types/report.js'
import { sameRange } from '../state/range.js'
import {
  withAlert,
  withConnected,
  withDisconnected,
  withFailure,
  withRefused,
  withSample,
  withTick,
} from '../state/reducers.js'
import { PARTS_OF_VIEW, type Part, type State } from '../state/state.js'
import type { Store } from '../state/store.js'
import { EVERY_MS, FIRST_RETRY_MS, LONGEST_RETRY_MS, MAX_SHARE_OF_TIME } from './parts.js'
import { questions } from './questions.js'
import { type Answer, parse, request } from './requests.js'

export interface Client {
  refresh(): void
  retryNow(): void
  /** The id of the profile that was begun, or why none was. */
  takeProfile(type: ProfileType, durationMs: number): Promise<{ id: string } | { refused: string }>
  silence(alert: PerformanceAlert, forMs: number): Promise<string | null>
  unsilence(id: string): Promise<string | null>
  signOut(): Promise<void>
}

export function startClient(store: Store<State>): Client {
  const { basePath } = store.get()
  const timers = new Map<Part, number>()
  const underway = new Map<Part, AbortController>()
  let stream: EventSource | null = null
  let retryTimer = 0
  let retryMs = FIRST_RETRY_MS
  let retryAtMs = 0

  const parts = questions({ store, get, take, hasStream: () => stream !== null, showView })

  /** What only the shown view shows. */
  function showView(): void {
    for (const part of PARTS_OF_VIEW[store.get().route.view] ?? []) void run(part)
  }

  function get<T>(path: string, signal: AbortSignal): Promise<Answer<T>> {
    return request<T>(`${basePath}${path}`, { signal })
  }

  function take<T>(part: Part, answer: Answer<T>, apply: (state: State, data: T) => State): void {
    if (answer.kind === 'ok') {
      const before = store.get().connection.state
      store.update((state) => apply(state, answer.data))
      if (before === 'connecting' || (part === 'health' && stream === null)) {
        store.update((state) => withConnected(state, stream === null))
        if (before === 'disconnected') void reload()
      }
    } else if (answer.kind === 'refused') {
      refused(answer.status, answer.message)
    } else if (answer.kind === 'failed') {
      store.update((state) => withFailure(state, part, answer.message))
      if (answer.unreachable) disconnected()
    }
  }

  /** Runs a part now and again later; the later run waits longer when the answer took long. */
  async function run(part: Part, always = false): Promise<void> {
    underway.get(part)?.abort()
    clearTimeout(timers.get(part))
    const controller = new AbortController()
    underway.set(part, controller)
    const startedAt = performance.now()
    const silent = store.get().connection.state === 'disconnected' // the retry asks, not six parts each on its own
    if (always || (!document.hidden && !silent)) await parts[part](controller.signal)
    if (controller.signal.aborted || store.get().connection.state === 'refused') return
    const tookMs = performance.now() - startedAt
    const waitMs = Math.max(EVERY_MS[part], tookMs / MAX_SHARE_OF_TIME)
    timers.set(
      part,
      window.setTimeout(() => run(part), waitMs),
    )
  }

  async function refresh(): Promise<void> {
    await run('snapshot') // first, because it tells the app's clock that the others' bounds are made of
    if (store.get().connection.state === 'refused') return // one refusal says it for all
    if (stream === null && retryTimer === 0) listen()
    for (const part of Object.keys(EVERY_MS) as Part[]) if (part !== 'snapshot') void run(part)
  }

  function listen(): void {
    clearTimeout(retryTimer)
    stream?.close()
    const source = new EventSource(`${basePath}/stream`)
    stream = source
    source.onopen = () => {
      const wasAway = store.get().connection.state === 'disconnected'
      retryMs = FIRST_RETRY_MS
      store.update((state) => withConnected(state))
      if (wasAway) void reload()
    }
    source.addEventListener('sample', (event) => {
      const sample = parse<StreamSample>(event)
      if (sample !== null) store.update((state) => withSample(state, sample, Date.now()))
    })
    source.addEventListener('alert', (event) => {
      const alert = parse<PerformanceAlert>(event)
      if (alert !== null) store.update((state) => withAlert(state, alert))
    })
    source.onerror = () => {
      // an EventSource tries again by itself, but not after 401, 429 or 503, and it never says when
      source.close()
      if (stream === source) stream = null
      scheduleRetry()
      void run('health', true) // tells a refusal, and a stream that is full, from a silence
    }
  }

  /** After a silence: what was missed is asked for as a whole. */
  async function reload(): Promise<void> {
    store.update((state) => ({ ...state, series: null }))
    await refresh()
  }

  function disconnected(): void {
    if (store.get().connection.state === 'refused') return
    const retryAtMs = scheduleRetry()
    store.update((state) => withDisconnected(state, Date.now(), retryAtMs))
  }

  /** When it will try again. */
  function scheduleRetry(): number {
    if (retryTimer === 0) {
      retryAtMs = Date.now() + retryMs
      retryTimer = window.setTimeout(retry, retryMs)
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
    }
    return retryAtMs
  }

  function retry(): void {
    clearTimeout(retryTimer)
    retryTimer = 0
    listen()
  }

  function refused(status: number, message: string): void {
    stream?.close()
    stream = null
    clearTimeout(retryTimer)
    store.update((state) => withRefused(state, status, message))
  }

  async function change(method: string, path: string, body: unknown): Promise<string | null> {
    const signal = new AbortController().signal
    const init = { method, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const answer = await request<unknown>(`${basePath}${path}`, init)
    void run('alerts')
    if (answer.kind === 'failed' || answer.kind === 'refused') return answer.message
    return null
  }

  let lastRoute = store.get().route
  store.subscribe(() => {
    const { route } = store.get()
    if (route === lastRoute) return
    const moved = !sameRange(route.range, lastRoute.range)
    const otherOperation = route.component !== lastRoute.component || route.operation !== lastRoute.operation
    const otherView = route.view !== lastRoute.view || route.id !== lastRoute.id || otherOperation
    lastRoute = route
    if (moved) void reload()
    else if (otherView) showView()
  })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && store.get().connection.state !== 'refused') void refresh()
  })
  window.setInterval(() => store.update((state) => withTick(state, Date.now())), 1000)
  void refresh()

  return {
    refresh: () => void refresh(),
    retryNow: retry,
    takeProfile: async (type, durationMs) => {
      const init = { method: 'POST', body: JSON.stringify({ type, durationMs }), signal: new AbortController().signal }
      const answer = await request<ProfileSummary>(`${basePath}/profiles`, init)
      void run('profiles')
      if (answer.kind === 'ok') return { id: answer.data.id }
      return { refused: answer.kind === 'cancelled' ? 'cancelled' : answer.message }
    },
    silence: (alert, forMs) => {
      const { rule, component, operation } = alert
      const matcher = {
        rule,
        ...(component === null ? {} : { component }),
        ...(operation === null ? {} : { operation }),
      }
      return change('POST', '/alerts/silences', { matcher, durationMs: forMs, comment: 'from the page' })
    },
    unsilence: (id) => change('DELETE', `/alerts/silences/${encodeURIComponent(id)}`, undefined),
    signOut: async () => {
      await change('DELETE', '/session', undefined)
      location.reload()
    },
  }
}
