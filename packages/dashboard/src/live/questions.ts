// What each part asks for, and what its answer does to the state.
import type { AlertsResponse } from '../../../core/src/types/alerts.js'
import type { FlameNode, PerformanceSnapshot, Profile, ProfilerData } from '../../../core/src/types/metrics.js'
import type { HealthReport, PerformanceReport } from '../../../core/src/types/report.js'
import type { Trace } from '../../../core/src/types/traces.js'
import type { PerformanceHistory } from '../../../core/src/types/window.js'
import { gaugesOf } from '../state/gauges.js'
import { rangeBounds, rangeLengthMs, stepFor } from '../state/range.js'
import {
  withAlerts,
  withCourse,
  withFindings,
  withGauges,
  withHealth,
  withHistory,
  withHistoryTail,
  withProfile,
  withProfilePlaces,
  withProfiles,
  withSnapshot,
  withTrace,
  withTraces,
} from '../state/reducers.js'
import { findingOf, tracedOperation } from '../state/related.js'
import { operationSeriesOf, type Series, seriesOf, takesSamples } from '../state/series.js'
import type { Part, State } from '../state/state.js'
import type { Store } from '../state/store.js'
import { GAUGE_STEPS, OPERATION_STEPS, PROFILES_READ, TRACES_SHOWN } from './parts.js'
import { type Answer, historyQuery } from './requests.js'

export interface Asker {
  store: Store<State>
  get<T>(path: string, signal: AbortSignal): Promise<Answer<T>>
  take<T>(part: Part, answer: Answer<T>, apply: (state: State, data: T) => State): void
  /** Whether samples come by themselves. */
  hasStream(): boolean
  /** Asks again for what only the shown view shows. */
  showView(): void
}

type Question = (signal: AbortSignal) => Promise<void>

export function questions({ store, get, take, hasStream, showView }: Asker): Record<Part, Question> {
  const { intervalMs } = store.get()
  const bounds = () => {
    const { route, clockOffsetMs } = store.get()
    return rangeBounds(route.range, Date.now() + clockOffsetMs)
  }
  return {
    async snapshot(signal) {
      const { range } = store.get().route
      if (range.kind === 'fixed') return // the report of that window brings its figures
      take(
        'snapshot',
        await get<PerformanceSnapshot>(`/snapshot?windowMs=${rangeLengthMs(range)}`, signal),
        (state, data) => withSnapshot(state, data, Date.now()),
      )
    },
    async history(signal) {
      const { route, series } = store.get()
      const { fromMs, toMs } = bounds()
      const step = stepFor(route.range, intervalMs)
      const last = route.range.kind === 'last' && series?.stepMs === step ? series.times.at(-1) : undefined
      if (last !== undefined && series !== null && takesSamples(series, intervalMs) && hasStream()) return
      const tail = last !== undefined && last > fromMs
      const query = historyQuery(tail ? last - step : fromMs, toMs, step)
      take('history', await get<PerformanceHistory>(`/history?${query}&detail=components`, signal), (state, data) =>
        tail ? withHistoryTail(state, seriesOf(data), fromMs) : withHistory(state, seriesOf(data)),
      )
    },
    async operation(signal) {
      const { view, component, operation, range } = store.get().route
      if (view !== 'operation' || component === null || operation === null) return
      const { fromMs, toMs } = bounds()
      const name = new URLSearchParams({ component, operation })
      const query = `${historyQuery(fromMs, toMs, stepFor(range, intervalMs, OPERATION_STEPS))}&${name}`
      take('operation', await get<PerformanceHistory>(`/history?${query}`, signal), (state, data) => {
        const series: Series | null = operationSeriesOf(data, component, operation)
        return withCourse(state, { component, operation }, series)
      })
    },
    async report(signal) {
      const { fromMs, toMs } = bounds()
      const fixed = store.get().route.range.kind === 'fixed'
      const query = `/report?format=json&from=${Math.round(fromMs)}&to=${Math.round(toMs)}`
      take(
        'report',
        await get<PerformanceReport>(query, signal),
        (state, { snapshot, bottlenecks, recommendations, resolved, verdict, advice }) => {
          const next = withFindings(state, { bottlenecks, recommendations, resolved, verdict, advice })
          return fixed ? withSnapshot(next, snapshot, Date.now()) : next
        },
      )
      // which requests and profiles show a finding is known once the finding is
      if (store.get().route.view === 'finding' && store.get().traces === null) showView()
    },
    async alerts(signal) {
      take('alerts', await get<AlertsResponse>('/alerts', signal), withAlerts)
    },
    async health(signal) {
      take('health', await get<HealthReport>('/health', signal), withHealth)
    },
    async traces(signal) {
      const name = tracedOperation(store.get())
      if (name === null) return
      const { component, operation } = name
      const query = new URLSearchParams({ component, operation, limit: String(TRACES_SHOWN) })
      take('traces', await get<{ traces: Trace[] }>(`/traces?${query}`, signal), (state, { traces }) =>
        withTraces(state, { component, operation, traces }),
      )
    },
    async trace(signal) {
      const { view, id } = store.get().route
      if (view !== 'trace' || id === null || store.get().trace?.id === id) return
      // a list brings whole requests; of the minute that runs they may be gone by the time that one is opened
      const listed = store.get().traces?.traces.find((trace) => trace.id === id)
      if (listed !== undefined) store.update((state) => withTrace(state, listed))
      else take('trace', await get<Trace>(`/traces/${encodeURIComponent(id)}`, signal), withTrace)
    },
    async profiles(signal) {
      const { view } = store.get().route
      if (view !== 'profiles' && view !== 'finding') return
      const answer = await get<ProfilerData>('/profiles', signal)
      take('profiles', answer, withProfiles)
      if (view !== 'finding' || answer.kind !== 'ok' || !findingOf(store.get())?.location) return
      for (const { id, state } of answer.data.profiles.slice(0, PROFILES_READ)) {
        if (state !== 'complete' || store.get().profilePlaces[id] !== undefined) continue
        const profile = await get<Profile>(`/profiles/${encodeURIComponent(id)}`, signal)
        take('profiles', profile, (before, { places }) => withProfilePlaces(before, id, places))
      }
    },
    async gauges(signal) {
      const { view, range } = store.get().route
      if (view !== 'system') return
      const { fromMs, toMs } = bounds()
      const query = historyQuery(fromMs, toMs, stepFor(range, intervalMs, GAUGE_STEPS))
      take('gauges', await get<PerformanceHistory>(`/history?${query}&detail=components`, signal), (state, data) =>
        withGauges(state, gaugesOf(data)),
      )
    },
    async profile(signal) {
      const { view, id } = store.get().route
      if (view !== 'profile' || id === null) return
      const shown = store.get().profile
      if (shown?.profile.id === id && shown.profile.state !== 'running') return
      const path = `/profiles/${encodeURIComponent(id)}`
      const answer = await get<Profile>(path, signal)
      if (answer.kind !== 'ok' || answer.data.state !== 'complete') {
        take('profile', answer, (state, profile) => withProfile(state, { profile, flame: null }))
        return
      }
      const flame = await get<FlameNode>(`${path}?format=flame`, signal)
      take('profile', answer, (state, profile) =>
        withProfile(state, { profile, flame: flame.kind === 'ok' && flame.data.total > 0 ? flame.data : null }),
      )
    },
  }
}
