// From views of operations to the shapes of the contract (section 4).
import { Histogram } from '../histogram/histogram.js'
import type { ComponentPerformanceMetrics, DurationMetrics, OperationMetrics } from '../types/metrics.js'
import type { HistogramView, OperationView } from '../types/window.js'

/** Operations per second of one view: over the window, or the last minute for figures since start. */
export type RateOf<V extends OperationView> = (view: V) => number

export function durationMetrics(durations: HistogramView): DurationMetrics {
  return {
    averageDurationMs: durations.count === 0 ? null : durations.sum / durations.count,
    minDurationMs: durations.min,
    maxDurationMs: durations.max,
    p50Ms: durations.quantile(0.5),
    p90Ms: durations.quantile(0.9),
    p95Ms: durations.quantile(0.95),
    p99Ms: durations.quantile(0.99),
    p999Ms: durations.quantile(0.999),
  }
}

export function operationMetrics<V extends OperationView>(view: V, rateOf: RateOf<V>): OperationMetrics {
  const { count, totalMs, http } = view
  const metrics: OperationMetrics = {
    count,
    successfulCount: view.successfulCount,
    failedCount: view.failedCount,
    abortedCount: view.abortedCount,
    ...durationMetrics(view.durations),
    operationsPerSecond: rateOf(view),
    errorRatePercent: errorRate(view.successfulCount, view.failedCount),
    active: view.active,
    selfMs: view.selfMs,
    children: view.children
      .map((child) => ({
        component: child.component,
        operation: child.operation,
        callsPerParent: count === 0 ? child.calls : child.calls / count,
        totalMs: child.totalMs,
        sharePercent: totalMs === 0 ? 0 : (100 * child.totalMs) / totalMs,
      }))
      .sort((a, b) => b.totalMs - a.totalMs),
    ...(view.waits && { waits: { ...view.waits } }),
    lastUpdated: isoOrNull(view.lastUpdatedMs),
  }
  if (http !== null) {
    const { streams, timeToFirstByte } = http
    metrics.timeToFirstByteP50Ms = timeToFirstByte.quantile(0.5)
    metrics.timeToFirstByteP95Ms = timeToFirstByte.quantile(0.95)
    metrics.responseBytesAverage = http.sizedResponses === 0 ? null : http.responseBytes / http.sizedResponses
    metrics.responseBytesP95 = http.responseSizes?.quantile(0.95) ?? null
    metrics.statusCodes = statusCodes(view)
    metrics.streams = {
      count: streams.count,
      active: streams.active,
      averageLifetimeMs: streams.count === 0 ? null : streams.totalLifetimeMs / streams.count,
    }
  }
  return metrics
}

/** All operations, by component, yielding after each so that the caller can slice. */
export function* componentMetrics<V extends OperationView>(
  views: Iterable<V>,
  rateOf: RateOf<V>,
): Generator<void, Record<string, ComponentPerformanceMetrics>> {
  const components = new Map<string, ComponentTotals>()
  for (const view of views) {
    let totals = components.get(view.component)
    if (totals === undefined) {
      totals = new ComponentTotals()
      components.set(view.component, totals)
    }
    totals.add(view, operationMetrics(view, rateOf))
    yield
  }
  const result: Record<string, ComponentPerformanceMetrics> = nameTable()
  for (const [name, totals] of inOrder(components)) {
    result[name] = totals.metrics()
    yield
  }
  return result
}

/** Summed while walking: going through ten thousand finished operations at the end would be one long step. */
class ComponentTotals {
  readonly #breakdown: Record<string, OperationMetrics> = nameTable()
  readonly #durations = new Histogram()
  #successful = 0
  #failed = 0
  #aborted = 0
  #perSecond = 0
  #lastUpdatedMs: number | null = null

  add(view: OperationView, metrics: OperationMetrics): void {
    this.#breakdown[view.operation] = metrics
    this.#durations.add(view.durations as Histogram)
    this.#successful += metrics.successfulCount
    this.#failed += metrics.failedCount
    this.#aborted += metrics.abortedCount
    this.#perSecond += metrics.operationsPerSecond
    if (view.lastUpdatedMs !== null) this.#lastUpdatedMs = Math.max(this.#lastUpdatedMs ?? 0, view.lastUpdatedMs)
  }

  metrics(): ComponentPerformanceMetrics {
    return {
      totalOperations: this.#durations.count,
      successfulOperations: this.#successful,
      failedOperations: this.#failed,
      abortedOperations: this.#aborted,
      ...durationMetrics(this.#durations),
      operationsPerSecond: this.#perSecond,
      errorRatePercent: errorRate(this.#successful, this.#failed),
      lastUpdated: isoOrNull(this.#lastUpdatedMs),
      operationBreakdown: this.#breakdown,
    }
  }
}

/** What users feel first, then what it waits for, then the rest in order of appearance; handlers repeat their routes. */
const ORDER = ['http', 'http-client', 'db']
const LAST = ['connect', 'handler']

/** Components in the order of every table. */
export function inOrder<T>(components: ReadonlyMap<string, T>): [string, T][] {
  return [...components].sort(byInterest)
}

function byInterest([a]: [string, unknown], [b]: [string, unknown]): number {
  return rankOf(a) - rankOf(b)
}

function rankOf(component: string): number {
  if (ORDER.includes(component)) return ORDER.indexOf(component)
  return ORDER.length + (LAST.includes(component) ? 1 + LAST.indexOf(component) : 0)
}

/** A table whose keys are names from outside: `__proto__` is one like any other. */
export function nameTable<T>(): Record<string, T> {
  return Object.create(null)
}

function errorRate(successful: number, failed: number): number | null {
  return successful + failed === 0 ? null : (100 * failed) / (successful + failed)
}

function statusCodes(view: OperationView): Record<string, number> {
  const codes: Record<string, number> = {}
  for (const { statusCode, durations } of view.series) {
    if (durations.count === 0) continue
    const code = statusCode === null ? 'other' : String(statusCode)
    codes[code] = (codes[code] ?? 0) + durations.count
  }
  return codes
}

function isoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString()
}
