// A window of history as alerts, the optimizer and exporters read it. Everything downstream of history is a function of this.
import type { RuntimeMetrics, SystemMetrics } from './metrics.js'

/** Numeric fields of `SystemMetrics` that history keeps as columns. */
export const SYSTEM_FIELDS = [
  'cpuUsagePercent',
  'memoryTotalBytes',
  'memoryUsedBytes',
  'memoryAvailableBytes',
  'swapUsedBytes',
  'diskTotalBytes',
  'diskUsedBytes',
  'diskReadBytesPerSecond',
  'diskWriteBytesPerSecond',
  'networkRxBytes',
  'networkTxBytes',
  'networkRxBytesPerSecond',
  'networkTxBytesPerSecond',
  'networkLatencyMs',
  'loadAverage.0',
  'processCount',
  'container.memoryUsedBytes',
  'container.throttledPercent',
  'pressure.cpu',
  'pressure.memory',
  'pressure.io',
] as const

/** Numeric fields of `RuntimeMetrics` that history keeps as columns. */
export const RUNTIME_FIELDS = [
  'cpuPercent',
  'rssBytes',
  'heapUsedBytes',
  'heapTotalBytes',
  'externalBytes',
  'eventLoopUtilizationPercent',
  'eventLoopDelay.meanMs',
  'eventLoopDelay.p50Ms',
  'eventLoopDelay.p99Ms',
  'eventLoopDelay.maxMs',
  'gc.pausePercent',
  'gc.count',
  'gc.maxPauseMs',
  'threadPoolDelayMs',
  'activeRequests',
] as const

export type SystemField = (typeof SYSTEM_FIELDS)[number]
export type RuntimeField = (typeof RUNTIME_FIELDS)[number]

/** How an operation ended. */
export type Outcome = 'success' | 'failure' | 'aborted'

/** Durations of one outcome (and status code) of one operation. */
export interface HistogramView {
  readonly count: number
  /** Exact sum of the recorded values. */
  readonly sum: number
  /** Exact extremes over all time; to within one bucket (1 %) in a window that slides. `null` when empty. */
  readonly min: number | null
  readonly max: number | null
  /** Value at quantile `q` (0 to 1), relative error at most 1 %; `null` when empty. */
  quantile(q: number): number | null
  /**
   * Cumulative counts at ascending upper bounds, a bucket counting below a bound when its middle is.
   * Non-decreasing in `bounds` and over time.
   */
  countsAtOrBelow(bounds: readonly number[]): number[]
}

export interface SeriesView {
  readonly outcome: Outcome
  /** HTTP status code; 499 for a client that left; `null` for operations that are not HTTP. */
  readonly statusCode: number | null
  readonly durations: HistogramView
}

export interface ChildView {
  readonly component: string
  readonly operation: string
  readonly calls: number
  readonly totalMs: number
}

/** Time that runs spent waiting, at any depth, summed: parallel waits add up. `null` where it is not measured. */
export interface WaitView {
  /** Ready, while the event loop was busy. */
  readonly eventLoopMs: number | null
  /** For a free thread of libuv's pool. */
  readonly threadPoolMs: number | null
  /** For a connection of a pool, e.g. of a database. */
  readonly connectionPoolMs: number | null
  /** For a socket of an HTTP agent. */
  readonly socketMs: number | null
}

export interface OperationView {
  readonly component: string
  readonly operation: string
  readonly count: number
  readonly successfulCount: number
  readonly failedCount: number
  readonly abortedCount: number
  readonly active: number
  /** Exact sum of durations. */
  readonly totalMs: number
  /** All outcomes together. */
  readonly durations: HistogramView
  readonly series: readonly SeriesView[]
  /** Summed time in no child; `null` where call trees are not kept. */
  readonly selfMs: number | null
  readonly children: readonly ChildView[]
  /** Runs that other operations of the window called. Absent where it is not kept: `children` of the others tell. */
  readonly calledCount?: number
  /** Absent where waits are not kept. */
  readonly waits?: WaitView
  /** Epoch ms of the last record, `null` when there is none. */
  readonly lastUpdatedMs: number | null
  /** `null` for operations that are not HTTP. */
  readonly http: HttpOperationView | null
}

export interface HttpOperationView {
  readonly timeToFirstByte: HistogramView
  readonly responseBytes: number
  /** Sizes in bytes; absent where only their sum is kept. */
  readonly responseSizes?: HistogramView
  /** Responses whose bytes were counted. */
  readonly sizedResponses: number
  readonly streams: { readonly count: number; readonly active: number; readonly totalLifetimeMs: number }
}

/** What ended of one operation, one value per timestamp of the window. */
export interface OperationColumns {
  readonly count: readonly number[]
  readonly failedCount: readonly number[]
  readonly totalMs: readonly number[]
}

/** What a window that slides has against the one before it. */
export interface WindowChanges {
  /** The same for all windows in a row, and their number in it: who missed one has to look at everything. */
  readonly of: object
  readonly number: number
  /** New in the window, or with other figures; some of them may be gone since. */
  readonly changed: readonly OperationView[]
  readonly gone: readonly OperationView[]
}

export interface MetricsWindow {
  /** Epoch ms. */
  readonly from: number
  readonly to: number
  /** Measured time inside the window: shorter than `to - from` when the process is younger. */
  readonly durationMs: number
  /** End of each sample, epoch ms, ascending. */
  readonly timestamps: readonly number[]
  /** Operations that ended at least once in the window, or are in flight. */
  readonly operations: readonly OperationView[]
  /** Absent where it is not kept: everything may have changed. */
  readonly changes?: WindowChanges
  /** One value per timestamp; `null` where it was not measured. */
  system(field: SystemField): readonly (number | null)[]
  runtime(field: RuntimeField): readonly (number | null)[]
  /** Figures that come and go by name: `resource.Timeout`, `pool.pg 127.0.0.1:5432/shop.waiting`. Absent where not kept. */
  readonly gaugeNames?: readonly string[]
  /** One value per timestamp; `null` where it was not measured or is not known. */
  gauge?(name: string): readonly (number | null)[]
  /** Reads the columns of these operations, in steps; those of others are `null`. Absent where they are at hand, or not kept. */
  prepareColumns?(of: readonly { component: string; operation: string }[]): Generator<void, void>
  /** When within the window an operation ran and failed; absent where that is not kept. */
  operationColumns?(component: string, operation: string): OperationColumns | null
  /** The newest sample in the window. */
  readonly latest: { readonly system: SystemMetrics | null; readonly runtime: RuntimeMetrics | null }
}

export interface OperationHistory {
  count: (number | null)[]
  failedCount: (number | null)[]
  abortedCount: (number | null)[]
  p50Ms: (number | null)[]
  p95Ms: (number | null)[]
  p99Ms: (number | null)[]
}

/** Columns of the same length as `timestamps`; a gap is `null`. */
export interface PerformanceHistory {
  from: string
  to: string
  stepMs: number
  /** End of each step. */
  timestamps: string[]
  /** Measured time in each step: what a count is divided by for a rate. `null` in a gap. */
  measuredMs: (number | null)[]
  system: Record<SystemField, (number | null)[]>
  runtime: Record<RuntimeField, (number | null)[]>
  /** Figures that come and go by name: resources, pools, heap. The mean of each step. */
  gauges?: Record<string, (number | null)[]>
  /** All operations of a component merged, so that percentiles are those of the whole. */
  components: Record<string, OperationHistory>
  operations: Record<string, Record<string, OperationHistory>>
}

export interface HistoryQuery {
  /** Default: the oldest full-resolution sample. Date, ISO 8601 string or epoch ms. */
  from?: Date | string | number
  /** Default: now. */
  to?: Date | string | number
  /** Rounded up to a multiple of the collection interval; default: so that at most 600 steps result. */
  stepMs?: number
  /** Only this component's operations. */
  component?: string
  /** Only this operation; with `component`. */
  operation?: string
  /** `components`: leave the columns of single operations out. Default `operations`. */
  detail?: 'operations' | 'components'
}

/** A window by its bounds, or the last `windowMs`. */
export interface WindowQuery {
  from?: Date | string | number
  to?: Date | string | number
  windowMs?: number
}
