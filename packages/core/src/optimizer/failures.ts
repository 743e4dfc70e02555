// Failures that are the app's: never 4xx (the client's), never a client that left. And since when, where the window tells.
import { settledFrom } from '../types/reading.js'
import type { MetricsWindow, OperationView } from '../types/window.js'

/** Of fewer runs one failure is already above 5 %. */
export const MIN_ENDED = 20
/** Fewer are an accident that monitoring of its own (logs) tells better. */
export const MIN_FAILURES = 5

const RATE_RISE = 2 // the rate must at least double where it is said to begin, otherwise it was there before
const QUIET_SHARE = 0.5 // of the window without a failure, at the end and with traffic: it is over

export interface Failures {
  readonly count: number
  /** With an outcome: succeeded or failed. */
  readonly ended: number
  readonly ratePercent: number
  /** HTTP only. */
  readonly byStatus: ReadonlyMap<number, number>
}

/** `null` unless the rate is above the threshold with sufficient evidence. */
export function failuresOf(operation: OperationView, thresholdPercent: number): Failures | null {
  const ended = operation.failedCount + operation.successfulCount
  if (operation.failedCount < MIN_FAILURES || ended < MIN_ENDED) return null
  let clientFaults = 0
  const byStatus = new Map<number, number>()
  for (const { outcome, statusCode, durations } of operation.series) {
    if (outcome !== 'failure' || statusCode === null) continue
    if (statusCode >= 400 && statusCode < 500) clientFaults += durations.count
    else byStatus.set(statusCode, (byStatus.get(statusCode) ?? 0) + durations.count)
  }
  const count = operation.failedCount - clientFaults
  const ratePercent = (count / ended) * 100
  return count >= MIN_FAILURES && ratePercent > thresholdPercent ? { count, ended, ratePercent, byStatus } : null
}

/** When failures began within the window (`null`: before it), and whether they are over. `null` where that is not kept. */
export function onset(
  window: MetricsWindow,
  operation: OperationView,
): { beganAt: number | null; isOver: boolean } | null {
  const columns = window.operationColumns?.(operation.component, operation.operation) ?? null
  if (columns === null || operation.count === 0) return null
  const { timestamps } = window
  const rate = operation.failedCount / operation.count
  // cumulative failures beyond the mean rate: lowest where the rate rises
  let sum = 0
  let lowest = 0
  let start = 0
  let lastFailure = -1
  for (let i = 0; i < timestamps.length; i++) {
    sum += (columns.failedCount[i] ?? 0) - rate * (columns.count[i] ?? 0)
    if (sum < lowest) {
      lowest = sum
      start = i + 1
    }
    if ((columns.failedCount[i] ?? 0) > 0) lastFailure = i
  }
  const before = rateOf(columns, 0, start)
  const after = rateOf(columns, start, timestamps.length)
  const hasBegun = before.count >= MIN_ENDED && after.rate >= RATE_RISE * before.rate
  const quiet = rateOf(columns, lastFailure + 1, timestamps.length)
  const isQuiet = timestamps.length - lastFailure - 1 >= QUIET_SHARE * timestamps.length && quiet.count >= MIN_ENDED
  const onlyInStartup = lastFailure >= 0 && lastFailure < settledFrom(window)
  const beganAt = timestamps[start - 1]
  return { beganAt: hasBegun && beganAt !== undefined ? beganAt : null, isOver: isQuiet || onlyInStartup }
}

function rateOf(
  columns: { count: readonly number[]; failedCount: readonly number[] },
  from: number,
  to: number,
): { count: number; rate: number } {
  let count = 0
  let failed = 0
  for (let i = from; i < to; i++) {
    count += columns.count[i] ?? 0
    failed += columns.failedCount[i] ?? 0
  }
  return { count, rate: count === 0 ? 0 : failed / count }
}
