// Windows from plain descriptions. Histograms are exact (a sorted array), so a test knows every quantile it expects.
import type { DiskMetrics, RuntimeMetrics, SystemMetrics } from '../../src/types/metrics.js'
import type {
  ChildView,
  HistogramView,
  HttpOperationView,
  MetricsWindow,
  OperationColumns,
  OperationView,
  Outcome,
  RuntimeField,
  SystemField,
} from '../../src/types/window.js'

export const WINDOW_START = Date.UTC(2026, 0, 1, 12)

export interface OperationDescription {
  component?: string
  operation: string
  /** Of all runs; default: `count` (20) runs of 10 ms. */
  durations?: readonly number[]
  count?: number
  /** The last ones of `durations` failed (then before them: aborted). */
  failedCount?: number
  abortedCount?: number
  /** Of the failed ones; `http` only, default 500. */
  failureStatus?: number
  successStatus?: number
  children?: readonly { component: string; operation: string; calls: number; totalMs: number }[]
  /** Default: the time of no child; `null` where call trees are not kept. */
  selfMs?: number | null
  /** `http` only; default: the durations. */
  timeToFirstByte?: readonly number[]
  responseBytes?: number
  active?: number
}

export interface WindowDescription {
  operations?: readonly (OperationDescription | OperationView)[]
  /** One sample a second by default; `sampleCount` defaults to the longest column, or 60. */
  system?: Partial<Record<SystemField, readonly (number | null)[]>>
  runtime?: Partial<Record<RuntimeField, readonly (number | null)[]>>
  gauges?: Readonly<Record<string, readonly (number | null)[]>>
  sampleCount?: number
  intervalMs?: number
  /** The process (or the monitor) started so long after `from`; default 0: before it. */
  startsAfterMs?: number
  latestSystem?: Partial<SystemMetrics> | null
  latestRuntime?: Partial<RuntimeMetrics> | null
  operationColumns?: (component: string, operation: string) => OperationColumns | null
}

export function exactHistogram(values: readonly number[]): HistogramView {
  const sorted = Float64Array.from(values).sort()
  const count = sorted.length
  return {
    count,
    sum: sorted.reduce((sum, value) => sum + value, 0),
    min: count === 0 ? null : (sorted[0] as number),
    max: count === 0 ? null : (sorted[count - 1] as number),
    quantile: (q) => (count === 0 ? null : (sorted[Math.max(0, Math.ceil(q * count) - 1)] as number)),
    countsAtOrBelow: (bounds) => bounds.map((bound) => sorted.filter((value) => value <= bound).length),
  }
}

export function operationView(description: OperationDescription): OperationView {
  const component = description.component ?? 'http'
  const durations = description.durations ?? constant(description.count ?? 20, 10)
  const failedCount = description.failedCount ?? 0
  const abortedCount = description.abortedCount ?? 0
  const successfulCount = durations.length - failedCount - abortedCount
  const isHttp = component === 'http'
  const all = exactHistogram(durations)
  const children: readonly ChildView[] = description.children ?? []
  const childMs = children.reduce((sum, child) => sum + child.totalMs, 0)
  const parts: [Outcome, number | null, readonly number[]][] = [
    ['success', isHttp ? (description.successStatus ?? 200) : null, durations.slice(0, successfulCount)],
    ['aborted', isHttp ? 499 : null, durations.slice(successfulCount, successfulCount + abortedCount)],
    ['failure', isHttp ? (description.failureStatus ?? 500) : null, durations.slice(durations.length - failedCount)],
  ]
  const http: HttpOperationView = {
    timeToFirstByte: exactHistogram(description.timeToFirstByte ?? durations),
    responseBytes: description.responseBytes ?? durations.length * 1000,
    sizedResponses: durations.length,
    streams: { count: 0, active: 0, totalLifetimeMs: 0 },
  }
  return {
    component,
    operation: description.operation,
    count: durations.length,
    successfulCount,
    failedCount,
    abortedCount,
    active: description.active ?? 0,
    totalMs: all.sum,
    durations: all,
    series: parts
      .filter(([, , values]) => values.length > 0)
      .map(([outcome, statusCode, values]) => ({ outcome, statusCode, durations: exactHistogram(values) })),
    selfMs: description.selfMs === undefined ? Math.max(0, all.sum - childMs) : description.selfMs,
    children,
    lastUpdatedMs: durations.length === 0 ? null : WINDOW_START + 60_000,
    http: isHttp ? http : null,
  }
}

export function metricsWindow(description: WindowDescription = {}): MetricsWindow {
  const { gauges = {} } = description
  const columns = [description.system ?? {}, description.runtime ?? {}, gauges].flatMap((each) => Object.values(each))
  const sampleCount = description.sampleCount ?? (Math.max(0, ...columns.map((column) => column.length)) || 60)
  const intervalMs = description.intervalMs ?? 1000
  const startsAfterMs = description.startsAfterMs ?? 0
  const durationMs = sampleCount * intervalMs
  const nothing: null[] = new Array(sampleCount).fill(null)
  return {
    from: WINDOW_START,
    to: WINDOW_START + startsAfterMs + durationMs,
    durationMs,
    timestamps: Array.from({ length: sampleCount }, (_, i) => WINDOW_START + startsAfterMs + (i + 1) * intervalMs),
    operations: (description.operations ?? []).map((item) => (isView(item) ? item : operationView(item))),
    system: (field) => description.system?.[field] ?? nothing,
    runtime: (field) => description.runtime?.[field] ?? nothing,
    gaugeNames: Object.keys(gauges),
    gauge: (name) => gauges[name] ?? nothing,
    latest: {
      system: description.latestSystem === undefined ? null : (description.latestSystem as SystemMetrics | null),
      runtime: description.latestRuntime === undefined ? null : (description.latestRuntime as RuntimeMetrics | null),
    },
    ...(description.operationColumns === undefined ? {} : { operationColumns: description.operationColumns }),
  }
}

/** `count` times the same value. */
export function constant(count: number, value: number): number[] {
  return new Array(count).fill(value)
}

export function disk(description: Partial<DiskMetrics> & { usedPercent: number }): DiskMetrics {
  const totalBytes = description.totalBytes ?? 100 * 1024 ** 3
  const usedBytes = description.usedBytes ?? (totalBytes * description.usedPercent) / 100
  return {
    mount: '/',
    type: 'ext4',
    totalBytes,
    usedBytes,
    availableBytes: totalBytes - usedBytes,
    ...description,
  }
}

/** Names that an attacker, or a careless template, could give. */
export const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  'GET /\n[perf-monitor] error forged line',
  '<script>alert(1)</script>',
  '"quoted", =cmd()|a',
  '\u202eright to left',
  'x'.repeat(5000),
  '',
]

function isView(item: OperationDescription | OperationView): item is OperationView {
  return 'series' in item
}
