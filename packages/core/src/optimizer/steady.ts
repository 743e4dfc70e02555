// What a window says about an operation may be its start-up, or the way it is meant to work.
import { longestMs, measured, settledFrom } from '../types/reading.js'
import type { MetricsWindow, OperationView } from '../types/window.js'

const SETTLED_MEAN_SHARE = 0.5 // after start-up still at least half as slow as over all: start-up alone is not the reason
const MIN_SETTLED_RUNS = 5
const LONG_POLL_MS = 10_000 // servers hold polls for 10 to 60 s; who waits that long for an answer has left
const LONG_POLL_SPREAD = 0.02 // of the time: they all end at the same limit, to within a timer's lateness

/** False when all that is known lies in start-up, or is mostly due to it. */
export function isSteady(window: MetricsWindow, operation: OperationView): boolean {
  const from = settledFrom(window)
  if (from === 0) return true
  const settledAt = window.timestamps[from]
  if (settledAt === undefined) return false
  const columns = window.operationColumns?.(operation.component, operation.operation) ?? null
  if (columns === null) return (operation.lastUpdatedMs ?? 0) > settledAt
  const count = sum(columns.count, from)
  if (count < MIN_SETTLED_RUNS) return false
  return sum(columns.totalMs, from) / count >= SETTLED_MEAN_SHARE * (operation.totalMs / operation.count)
}

/** Held open on purpose: what does not get an event ends successfully at one and the same limit, waiting in nothing measured. */
export function isLongPoll(operation: OperationView): boolean {
  // the maximum first: a field, where a quantile walks the buckets
  if (longestMs(operation) < LONG_POLL_MS) return false
  const { durations } = operation
  const p90 = durations.quantile(0.9) ?? 0
  if (operation.component !== 'http' || p90 < LONG_POLL_MS || operation.failedCount > 0.05 * operation.count)
    return false
  const p99 = durations.quantile(0.99) ?? 0
  const inChildrenMs = operation.children.reduce(
    (ms, { component, totalMs }) => ms + (component === 'handler' ? 0 : totalMs),
    0,
  )
  return p99 - p90 <= LONG_POLL_SPREAD * p90 && inChildrenMs < 0.5 * operation.totalMs
}

function sum(column: readonly number[], from: number): number {
  return measured(column, from).reduce((total, value) => total + value, 0)
}
