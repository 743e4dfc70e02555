// Whether users wait for an operation beyond the threshold: by the time to first byte where there is one, so that a long download
// is no slow request; requests that the client gave up before their first byte count by how long it waited.
import { atOnce, longestMs } from '../types/reading.js'
import type { HistogramView, MetricsWindow, OperationView } from '../types/window.js'
import { traffic } from './impact.js'

/** Of fewer runs a p95 is one unlucky request. */
export const MIN_RUNS = 20
/** So many slow ones are no coincidence, whatever the number of runs. */
export const MIN_SLOW_RUNS = 5

export interface Slowness {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly slowCount: number
  /** Of the slow ones, how many the client gave up. */
  readonly abandonedCount: number
  readonly basis: 'time to first byte' | 'duration'
}

export interface SlowRuns {
  readonly operation: OperationView
  readonly slow: Slowness
}

const slowOf = new WeakMap<MetricsWindow, { thresholdMs: number; slow: SlowRuns[] }>()

/** The slow ones of what users wait for; found once per window, two rules ask. */
export function slowTraffic(window: MetricsWindow, thresholdMs: number): SlowRuns[] {
  const known = slowOf.get(window)
  return known?.thresholdMs === thresholdMs ? known.slow : atOnce(surveySlowness(window, thresholdMs))
}

export function* surveySlowness(window: MetricsWindow, thresholdMs: number): Generator<void, SlowRuns[]> {
  const found: SlowRuns[] = []
  for (const operation of traffic(window).operations) {
    yield
    const slow = slowness(operation, thresholdMs)
    if (slow !== null) found.push({ operation, slow })
  }
  slowOf.set(window, { thresholdMs, slow: found })
  return found
}

/** `null` unless p95 is above the threshold with sufficient evidence. */
function slowness(operation: OperationView, thresholdMs: number): Slowness | null {
  const { count } = operation
  // the maximum first: a field, where a quantile walks the buckets
  if (count < MIN_RUNS || longestMs(operation) <= thresholdMs) return null
  const { durations } = operation
  const firstByte = operation.http?.timeToFirstByte
  const byFirstByte = firstByte !== undefined && firstByte.count > 0
  const judged = byFirstByte ? firstByte : durations
  const unanswered = byFirstByte && firstByte.count <= count - operation.abortedCount
  const abandonedCount = unanswered
    ? operation.series.reduce(
        (sum, { outcome, durations: waited }) => sum + (outcome === 'aborted' ? above(waited, thresholdMs) : 0),
        0,
      )
    : 0
  const slowCount = above(judged, thresholdMs) + abandonedCount
  const p95Ms = p95Of(judged, abandonedCount, durations)
  if (slowCount < MIN_SLOW_RUNS || !(p95Ms > thresholdMs)) return null
  return {
    p50Ms: judged.quantile(0.5) ?? 0,
    p95Ms,
    slowCount,
    abandonedCount,
    basis: byFirstByte ? 'time to first byte' : 'duration',
  }
}

/** How many values lie above it. */
export function above(histogram: HistogramView, thresholdMs: number): number {
  return histogram.count - (histogram.countsAtOrBelow([thresholdMs])[0] ?? 0)
}

function p95Of(judged: HistogramView, abandonedCount: number, durations: HistogramView): number {
  // those given up had no first byte: then the whole durations hold them
  const enoughGivenUp = abandonedCount > 0.05 * durations.count
  return (enoughGivenUp ? durations : judged).quantile(0.95) ?? 0
}
