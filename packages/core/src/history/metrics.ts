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
    lastUpdated: isoOrNull(view.lastUpdatedMs),
  }
  if (http !== null) {
    const { streams, timeToFirstByte } = http
    metrics.timeToFirstByteP50Ms = timeToFirstByte.quantile(0.5)
    metrics.timeToFirstByteP95Ms = timeToFirstByte.quantile(0.95)
    metrics.responseBytesAverage = http.sizedResponses === 0 ? null : http.responseBytes / http.sizedResponses
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
  const components = new Map<
    string,
    { breakdown: Record<string, OperationMetrics>; all: Histogram; last: number | null }
  >()
  for (const view of views) {
    let component = components.get(view.component)
    if (component === undefined) {
      component = { breakdown: nameTable(), all: new Histogram(), last: null }
      components.set(view.component, component)
    }
    component.breakdown[view.operation] = operationMetrics(view, rateOf)
    component.all.add(view.durations as Histogram)
    if (view.lastUpdatedMs !== null) component.last = Math.max(component.last ?? 0, view.lastUpdatedMs)
    yield
  }
  const result: Record<string, ComponentPerformanceMetrics> = nameTable()
  for (const [name, { breakdown, all, last }] of [...components].sort(byInterest)) {
    const operations = Object.values(breakdown)
    const sum = (pick: (operation: OperationMetrics) => number) => operations.reduce((n, each) => n + pick(each), 0)
    const successful = sum((each) => each.successfulCount)
    const failed = sum((each) => each.failedCount)
    result[name] = {
      totalOperations: all.count,
      successfulOperations: successful,
      failedOperations: failed,
      abortedOperations: sum((each) => each.abortedCount),
      ...durationMetrics(all),
      operationsPerSecond: sum((each) => each.operationsPerSecond),
      errorRatePercent: errorRate(successful, failed),
      lastUpdated: isoOrNull(last),
      operationBreakdown: breakdown,
    }
  }
  return result
}

/** What users feel first, then what it waits for, then the rest in order of appearance; handlers repeat their routes. */
const ORDER = ['http', 'http-client', 'db']
const LAST = ['connect', 'handler']

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
