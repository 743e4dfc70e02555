import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.js'
import type { Advisor } from './advice.js'
import type { AlertRule } from './alerts.js'
import type { InstrumentSwitches } from './instruments.js'

/** Thresholds of the built-in alert rules. */
export interface AlertThresholds {
  /** Default 80. */
  cpuUsagePercent: number
  /** Default 85. */
  memoryUsagePercent: number
  /** p95 of an operation over the alert window; default 1000. */
  responseTimeMs: number
  /** Default 5. */
  errorRatePercent: number
  /** Default 90. */
  diskUsagePercent: number
  /** Mean connect time; default 500. */
  networkLatencyMs: number
}

/** Where log lines go; `console` fits, and so do pino and winston. */
export interface Logger {
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

export interface AlertOptions {
  /** Rules of your own. Not available yet: a non-empty list is refused. */
  rules?: AlertRule[]
  /** Not available yet: a non-empty list is refused. */
  notifiers?: unknown[]
  /** The recent past on which rules are evaluated; default 60000. */
  windowMs?: number
  /** How long a condition must hold before the alert fires; default 10000. */
  pendingMs?: number
  /** How long a condition must be gone before the alert resolves; default 30000. */
  resolveMs?: number
  /** Fewer operations in the window raise no response-time or error-rate alert; default 20. */
  minimumCount?: number
}

export interface OptimizerOptions {
  /** Asked about the findings when they have become others; its text is shown beside them. Default: none. */
  advisor?: Advisor
  /** Between two questions at least; default 600000. */
  adviceIntervalMs?: number
  /** After which an answer is no longer waited for; default 90000. */
  adviceTimeoutMs?: number
}

export interface HistoryOptions {
  /** Persisted and shared by all processes of the app on this host. Not available yet: refused. */
  file?: string
  /** How far back rolled-up history reaches; default 24 h. */
  retentionMs?: number
}

/** Bounds: every table, ring and body has one. What one turned away is counted at `/health`. */
export interface Limits {
  /** Operations of all components; further ones are counted under `(other)` of their component. Default 20000. */
  maxOperations: number
  /** Distinct children kept per operation; default 64. */
  maxChildrenPerOperation: number
  /** Memory of in-memory history; the oldest samples go first. Default 64 MiB. */
  maxHistoryBytes: number
  /** Requests kept as traces, of all routes together; the oldest go first. Default 2000. */
  maxTraces: number
  /** Their memory, estimated. Default 16 MiB. */
  maxTraceBytes: number
  /** Calls listed in one trace; further ones are counted. Default 200. */
  maxSpansPerTrace: number
  /** Places in the app's code from which operations are called; default 10000. */
  maxCallSites: number
  /** Failures told apart by operation, class and place; default 2000. */
  maxErrorRecords: number
  /** URLs of slow safe requests that are remembered, to see which come again; default 20000. */
  maxRepeatKeys: number
  /** Pending and firing alerts; default 1000. */
  maxActiveAlerts: number
  /** Resolved alerts kept; default 1000. */
  maxAlertHistory: number
  /** Default 100. */
  maxSilences: number
  /** Clients of `/stream`; further ones get 429. Default 50. */
  maxStreamClients: number
  /** Bodies of POST requests to `/perf`; larger ones get 413. Default 65536. */
  maxBodyBytes: number
}

/** What is used of a prom-client `Registry` (version 15): given by its shape, so that who has no prom-client needs none. */
export interface PromRegistry {
  readonly contentType: string
  registerMetric(metric: object): void
  getSingleMetric(name: string): object | undefined
  removeSingleMetric(name: string): void
  metrics(): Promise<string>
}

/** What an `auth` function gets: Node's request, before anything read its body. */
export type AuthRequest = Pick<IncomingMessage, 'headers' | 'method' | 'url' | 'socket'>

export type AuthOptions =
  | false
  | { token: string }
  | { username: string; password: string }
  | ((request: AuthRequest) => boolean | Promise<boolean>)

/** A string matches the path exactly or, with a trailing `*`, as a prefix; a RegExp is tested on the path without query. */
export type IgnoreMatcher = string | RegExp | ((request: { method: string; path: string }) => boolean)

/** Contract section 2. Every field is optional; unknown ones are refused. */
export interface PerformanceConfig {
  /** False: adapters pass everything through, nothing runs, `/perf` is not mounted. Default true. */
  enabled?: boolean
  /** Default: name in the nearest package.json. */
  serviceName?: string
  serviceVersion?: string
  /** Default `host:pid`. */
  instanceId?: string
  /** Where the endpoints are mounted; default `/perf`. */
  path?: string
  /** Sampling of system and runtime; integer of at least 100, default 1000. */
  collectionIntervalMs?: number
  /** Full-resolution samples kept in memory; default 3600. */
  maxHistoryEntries?: number
  history?: HistoryOptions
  enableProfiling?: boolean
  enableCpuProfiling?: boolean
  enableMemoryProfiling?: boolean
  /** A blocked event loop longer than this raises `event-loop-stall`; 0 turns that off. Default 100. */
  stallThresholdMs?: number
  /** Disks, network interfaces, outbound connections; default true. */
  enableIoMonitoring?: boolean
  /** Serve the HTML pages (JSON endpoints stay); default true. */
  enableDashboards?: boolean
  /** Serve `/metrics`; default true. */
  exportPrometheus?: boolean
  /** Additionally serve all of `/perf` (and `/metrics`) on this port of its own; default none. */
  prometheusPort?: number
  alertThresholds?: Partial<AlertThresholds>
  alerts?: AlertOptions
  optimizer?: OptimizerOptions
  /** Who may see `/perf`; default: direct loopback connections only. */
  auth?: AuthOptions
  limits?: Partial<Limits>
  /** Requests that are not measured, beside the own endpoints. */
  ignore?: IgnoreMatcher | IgnoreMatcher[]
  /**
   * Requests that the app holds open on purpose (long polls): counted by lifetime, never in percentiles, as server-sent
   * events, upgrades and requests with `Prefer: wait` are by themselves.
   */
  longLived?: IgnoreMatcher | IgnoreMatcher[]
  /** Operations find their parent through AsyncLocalStorage; false saves its cost and leaves call trees out. Default true. */
  enableRequestScope?: boolean
  /** Responses get a `Server-Timing` header with what is known of their time when the head is written. Default false. */
  serverTiming?: boolean
  /** Instruments of outbound HTTP and databases that are left out: `{ http: false }`. Default: all are on. */
  instruments?: InstrumentSwitches
  /** Default: `console`. */
  logger?: Logger
  /** A registry of the app's own prom-client: everything at `/metrics` appears in it too. */
  registry?: PromRegistry
  /** Time, for tests. */
  clock?: Clock
}

/** After validation: all defaults filled in. */
export interface ResolvedConfig {
  readonly enabled: boolean
  readonly serviceName: string
  readonly serviceVersion: string | null
  readonly instanceId: string
  readonly path: string
  readonly collectionIntervalMs: number
  readonly maxHistoryEntries: number
  readonly history: { readonly retentionMs: number }
  readonly enableProfiling: boolean
  readonly enableCpuProfiling: boolean
  readonly enableMemoryProfiling: boolean
  readonly stallThresholdMs: number
  readonly enableIoMonitoring: boolean
  readonly enableDashboards: boolean
  readonly exportPrometheus: boolean
  readonly prometheusPort: number | null
  readonly alertThresholds: Readonly<AlertThresholds>
  readonly alerts: Readonly<Required<Omit<AlertOptions, 'rules' | 'notifiers'>>>
  readonly optimizer: {
    readonly advisor: Advisor | null
    readonly adviceIntervalMs: number
    readonly adviceTimeoutMs: number
  }
  /** `null`: direct loopback connections only. */
  readonly auth: AuthOptions | null
  readonly limits: Readonly<Limits>
  readonly ignore: readonly IgnoreMatcher[]
  readonly longLived: readonly IgnoreMatcher[]
  readonly enableRequestScope: boolean
  readonly serverTiming: boolean
  readonly instruments: Readonly<InstrumentSwitches>
  readonly logger: Logger
  readonly registry: PromRegistry | null
  readonly clock: Clock
}
