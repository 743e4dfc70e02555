// What each event does to the state. Pure: the time comes with the event.
import type { AlertsResponse, PerformanceAlert } from '../../../core/src/types/alerts.js'
import type { PerformanceSnapshot, ProfilePlace, ProfilerData } from '../../../core/src/types/metrics.js'
import type { HealthReport, StreamSample } from '../../../core/src/types/report.js'
import type { Trace } from '../../../core/src/types/traces.js'
import { parseRoute, type Route } from '../routing.js'
import type { Gauges } from './gauges.js'
import { rangeBounds, sameRange } from './range.js'
import { tracedOperation } from './related.js'
import { appendSample, mergeTail, type Series, sinceBegin, takesSamples } from './series.js'
import {
  type Findings,
  type OperationTraces,
  PARTS_OF_VIEW,
  type Part,
  type ShownProfile,
  type State,
} from './state.js'

const MAX_ALERTS = 1000 // as many as the server keeps
const MIN_STALE_MS = 10_000 // a busy loop delays a sample by seconds; that is not yet "stale"
const STALE_INTERVALS = 5
const OF_ONE_VIEW = new Set<string>(Object.values(PARTS_OF_VIEW).flat())

export type Liveness = 'connecting' | 'live' | 'stale' | 'disconnected' | 'refused' | 'frozen'

export function liveness(state: State): Liveness {
  if (state.connection.state !== 'live') return state.connection.state
  if (state.connection.polling) return 'live'
  const { lastSampleAtMs, nowMs, intervalMs } = state
  const limitMs = Math.max(MIN_STALE_MS, STALE_INTERVALS * intervalMs)
  return lastSampleAtMs !== null && nowMs - lastSampleAtMs > limitMs ? 'stale' : 'live'
}

export function withRoute(state: State, hash: string): State {
  const route = parseRoute(hash)
  const moved = !sameRange(route.range, state.route.range)
  const course =
    route.view === 'operation' &&
    state.course?.component === route.component &&
    state.course?.operation === route.operation &&
    !moved
      ? state.course
      : null
  return { ...state, route, course, failures: failuresLeft(state, route) }
}

/** What only one view shows is asked for by the next one anew, or by none. */
function failuresLeft({ failures, route: before }: State, route: Route): State['failures'] {
  if (route.view === before.view && route.id === before.id && route.operation === before.operation) return failures
  return Object.fromEntries(Object.entries(failures).filter(([part]) => !OF_ONE_VIEW.has(part)))
}

export function withTick(state: State, nowMs: number): State {
  return { ...state, nowMs }
}

export function withSample(state: State, sample: StreamSample, nowMs: number): State {
  const time = Date.parse(sample.timestamp)
  const { range } = state.route
  const following = range.kind === 'last' && state.series !== null && takesSamples(state.series, state.intervalMs)
  return {
    ...state,
    nowMs,
    lastSampleAtMs: nowMs,
    connection: { state: 'live', polling: false },
    clockOffsetMs: Number.isNaN(time) ? state.clockOffsetMs : time - nowMs,
    latest: { system: sample.systemMetrics, runtime: sample.runtimeMetrics },
    series:
      following && state.series !== null
        ? appendSample(state.series, sample, rangeBounds(range, time).fromMs)
        : state.series,
  }
}

/** `latest` only moves forward: a snapshot that was long under way must not undo newer samples. */
export function withSnapshot(state: State, snapshot: PerformanceSnapshot, nowMs: number): State {
  const polling = state.connection.state === 'live' && state.connection.polling
  const hasStream = state.lastSampleAtMs !== null && !polling
  return succeed({ ...state, snapshot, ...(hasStream ? {} : latestOf(snapshot, nowMs)) }, 'snapshot')
}

function latestOf(snapshot: PerformanceSnapshot, nowMs: number): Pick<State, 'latest' | 'clockOffsetMs'> {
  return {
    latest: { system: snapshot.systemMetrics, runtime: snapshot.runtimeMetrics },
    clockOffsetMs: Date.parse(snapshot.timestamp) - nowMs,
  }
}

export function withHistory(state: State, series: Series): State {
  return succeed({ ...state, series: sinceBegin(series) }, 'history')
}

export function withHistoryTail(state: State, tail: Series, fromMs: number): State {
  return succeed(
    { ...state, series: state.series === null ? sinceBegin(tail) : mergeTail(state.series, tail, fromMs) },
    'history',
  )
}

export function withCourse(state: State, name: { component: string; operation: string }, series: Series | null): State {
  const { view, component, operation } = state.route
  if (view !== 'operation' || component !== name.component || operation !== name.operation) return state
  return succeed({ ...state, course: { ...name, series: series === null ? null : sinceBegin(series) } }, 'operation')
}

export function withFindings(state: State, findings: Findings): State {
  return succeed({ ...state, findings }, 'report')
}

export function withAlerts(state: State, alerts: AlertsResponse): State {
  return succeed({ ...state, alerts }, 'alerts')
}

export function withHealth(state: State, health: HealthReport): State {
  return succeed({ ...state, health }, 'health')
}

export function withTraces(state: State, traces: OperationTraces): State {
  const wanted = tracedOperation(state)
  if (wanted?.component !== traces.component || wanted.operation !== traces.operation) return state
  return succeed({ ...state, traces }, 'traces')
}

export function withTrace(state: State, trace: Trace): State {
  return succeed({ ...state, trace }, 'trace')
}

export function withProfiles(state: State, profiles: ProfilerData): State {
  return succeed({ ...state, profiles }, 'profiles')
}

export function withProfile(state: State, profile: ShownProfile): State {
  return succeed({ ...state, profile }, 'profile')
}

/** Profiles that are no longer kept are forgotten. */
export function withProfilePlaces(state: State, id: string, places: readonly ProfilePlace[]): State {
  const kept = new Set(state.profiles?.profiles.map((profile) => profile.id))
  const known = Object.entries(state.profilePlaces).filter(([each]) => kept.has(each))
  return { ...state, profilePlaces: { ...Object.fromEntries(known), [id]: places } }
}

export function withGauges(state: State, gauges: Gauges): State {
  return succeed({ ...state, gauges }, 'gauges')
}

/** One alert changed its state. */
export function withAlert(state: State, alert: PerformanceAlert): State {
  if (state.alerts === null) return state
  const others = (list: PerformanceAlert[]) => list.filter(({ id }) => id !== alert.id)
  const active = others(state.alerts.active)
  const history = others(state.alerts.history)
  const next = alert.resolved
    ? { active, history: [alert, ...history].slice(0, MAX_ALERTS) }
    : { active: [alert, ...active].slice(0, MAX_ALERTS), history }
  return { ...state, alerts: { ...state.alerts, ...next } }
}

export function withFailure(state: State, part: Part, message: string): State {
  return { ...state, failures: { ...state.failures, [part]: message } }
}

export function withConnected(state: State, polling = false): State {
  const { connection } = state
  if (connection.state === 'live' && connection.polling === polling) return state
  return { ...state, connection: { state: 'live', polling } }
}

/** Keeps what it has; remembers when the silence began, not when it last tried. */
export function withDisconnected(state: State, nowMs: number, retryAtMs: number): State {
  const sinceMs = state.connection.state === 'disconnected' ? state.connection.sinceMs : nowMs
  return { ...state, connection: { state: 'disconnected', sinceMs, retryAtMs } }
}

export function withRefused(state: State, status: number, message: string): State {
  return { ...state, connection: { state: 'refused', status, message } }
}

function succeed(state: State, part: Part): State {
  if (state.failures[part] === undefined) return state
  const { [part]: _, ...failures } = state.failures
  return { ...state, failures }
}
