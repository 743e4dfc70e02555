import type { AlertsResponse } from '../../../core/src/types/alerts.js'
import type {
  OptimizationRecommendation,
  PerformanceBottleneck,
  ResolvedFinding,
} from '../../../core/src/types/findings.js'
import type {
  FlameNode,
  PerformanceSnapshot,
  Profile,
  ProfilePlace,
  ProfilerData,
  RuntimeMetrics,
  SystemMetrics,
} from '../../../core/src/types/metrics.js'
import type { HealthReport, PageData, PerformanceReport, Verdict } from '../../../core/src/types/report.js'
import type { Trace } from '../../../core/src/types/traces.js'
import { parseRoute, type Route, type View } from '../routing.js'
import { type Gauges, gaugesOf } from './gauges.js'
import { type Series, seriesOf, sinceBegin } from './series.js'

export type Connection =
  | { state: 'connecting' }
  /** `polling`: the stream is refused (too many listeners), the figures still come by asking. */
  | { state: 'live'; polling: boolean }
  | { state: 'disconnected'; sinceMs: number; retryAtMs: number }
  | { state: 'refused'; status: number; message: string }
  | { state: 'frozen' }

/** What is fetched on its own, and can fail on its own. */
export type Part =
  | 'snapshot'
  | 'history'
  | 'report'
  | 'alerts'
  | 'health'
  | 'operation'
  | 'traces'
  | 'trace'
  | 'profiles'
  | 'profile'
  | 'gauges'

/** What only one view shows, and asks for when it is opened. */
export const PARTS_OF_VIEW: Partial<Record<View, readonly Part[]>> = {
  finding: ['traces', 'profiles'],
  operation: ['operation', 'traces'],
  trace: ['trace'],
  profiles: ['profiles'],
  profile: ['profile'],
  system: ['gauges'],
}

export interface Findings {
  bottlenecks: PerformanceBottleneck[]
  recommendations: OptimizationRecommendation[]
  resolved: ResolvedFinding[]
  verdict: Verdict
  /** What the advisor says, when there is one. */
  advice: PerformanceReport['advice']
}

export interface OperationCourse {
  component: string
  operation: string
  /** `null` when history has no course of it. */
  series: Series | null
}

export interface OperationTraces {
  component: string
  operation: string
  traces: Trace[]
}

export interface ShownProfile {
  profile: Profile
  /** The root; `null` until the profile is complete, and when nothing was sampled. */
  flame: FlameNode | null
}

export interface State {
  mode: 'live' | 'report' | 'none'
  basePath: string
  intervalMs: number
  serviceName: string
  serviceVersion: string | null
  signedIn: boolean
  route: Route
  /** Moves once a second: ages and staleness follow from it. */
  nowMs: number
  /** What to add to this machine's clock to get the app's. */
  clockOffsetMs: number
  connection: Connection
  lastSampleAtMs: number | null
  /** Of the window that the route shows. */
  snapshot: PerformanceSnapshot | null
  latest: { system: SystemMetrics | null; runtime: RuntimeMetrics | null }
  series: Series | null
  course: OperationCourse | null
  findings: Findings | null
  alerts: AlertsResponse | null
  health: HealthReport | null
  traces: OperationTraces | null
  trace: Trace | null
  profiles: ProfilerData | null
  profile: ShownProfile | null
  /** What profiles say of the app's lines, by their id: read for a finding that has a place. */
  profilePlaces: Readonly<Record<string, readonly ProfilePlace[]>>
  gauges: Gauges | null
  failures: Partial<Record<Part, string>>
  /** Window of a report. */
  reportWindow: { fromMs: number; toMs: number } | null
}

export function initialState(data: PageData | null, hash: string, nowMs: number): State {
  const base: State = {
    mode: 'none',
    basePath: '',
    intervalMs: 1000,
    serviceName: '',
    serviceVersion: null,
    signedIn: false,
    route: parseRoute(hash),
    nowMs,
    clockOffsetMs: 0,
    connection: { state: 'connecting' },
    lastSampleAtMs: null,
    snapshot: null,
    latest: { system: null, runtime: null },
    series: null,
    course: null,
    findings: null,
    alerts: null,
    health: null,
    traces: null,
    trace: null,
    profiles: null,
    profile: null,
    profilePlaces: {},
    gauges: null,
    failures: {},
    reportWindow: null,
  }
  if (data === null) return base
  if (data.mode === 'live') {
    const { basePath, collectionIntervalMs, service, signedIn } = data
    return {
      ...base,
      mode: 'live',
      basePath,
      intervalMs: collectionIntervalMs,
      serviceName: service.name,
      serviceVersion: service.version,
      signedIn,
    }
  }
  const { report, history } = data
  return {
    ...base,
    mode: 'report',
    // ages in a report count to its end: "since 4 min" stays true when it is opened next week
    nowMs: Date.parse(report.window.to),
    connection: { state: 'frozen' },
    serviceName: report.snapshot.service.name,
    serviceVersion: report.snapshot.service.version,
    snapshot: report.snapshot,
    latest: { system: report.snapshot.systemMetrics, runtime: report.snapshot.runtimeMetrics },
    series: sinceBegin(seriesOf(history)),
    gauges: gaugesOf(history),
    findings: {
      bottlenecks: report.bottlenecks,
      recommendations: report.recommendations,
      resolved: report.resolved,
      verdict: report.verdict,
      advice: report.advice,
    },
    alerts: {
      active: report.alerts.filter((alert) => !alert.resolved),
      history: report.alerts.filter((alert) => alert.resolved),
      silences: [],
    },
    reportWindow: { fromMs: Date.parse(report.window.from), toMs: Date.parse(report.window.to) },
  }
}
