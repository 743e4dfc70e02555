// Questions as callers ask them, turned into epoch milliseconds. A mistake is told, not guessed around.
import { PerfMonitorError } from '../errors.js'
import type { SeriesQuery } from '../history/series.js'
import type { HistoryQuery, WindowQuery } from '../types/window.js'

const MAX_SPAN_MS = 366 * 86_400_000 // a year: nothing is kept longer, and dates stay dates
const REPORT_WINDOW_MS = 600_000 // contract: the last 10 minutes unless asked otherwise

/** Epoch ms. */
export interface Bounds {
  from: number
  to: number
}

/** @throws PerfMonitorError `PERF_ARGUMENT_INVALID` */
export function windowBounds(query: WindowQuery, nowMs: number): Bounds {
  checkQuery(query, ['from', 'to', 'windowMs'])
  const { from, to, windowMs } = query
  const end = to === undefined ? nowMs : epochOf('to', to)
  if (windowMs !== undefined) checkSpan('windowMs', windowMs)
  const start = from === undefined ? end - (windowMs ?? REPORT_WINDOW_MS) : epochOf('from', from)
  checkOrder(start, end)
  return { from: start, to: end }
}

/** `oldestMs`: where it begins when nothing is said. @throws PerfMonitorError `PERF_ARGUMENT_INVALID` */
export function seriesQuery(
  query: HistoryQuery,
  { nowMs, oldestMs }: { nowMs: number; oldestMs: number | null },
): Omit<SeriesQuery, 'collectionIntervalMs'> {
  checkQuery(query, ['from', 'to', 'stepMs', 'component', 'operation', 'detail'])
  const { stepMs, component, operation, detail } = query
  const to = query.to === undefined ? nowMs : epochOf('to', query.to)
  const from = query.from === undefined ? Math.min(oldestMs ?? to, to - 1) : epochOf('from', query.from)
  checkOrder(from, to)
  if (operation !== undefined && component === undefined) {
    throw new PerfMonitorError('PERF_ARGUMENT_INVALID', '`operation` needs its `component`')
  }
  if (stepMs !== undefined && stepMs !== null) checkSpan('stepMs', stepMs)
  return {
    from,
    to,
    stepMs: stepMs ?? null,
    component: component ?? null,
    operation: operation ?? null,
    operations: detail !== 'components',
  }
}

function epochOf(name: string, time: Date | string | number): number {
  const epoch = typeof time === 'number' ? time : new Date(time).getTime()
  if (Number.isFinite(epoch) && Math.abs(epoch) <= 8.64e15) return epoch
  throw new PerfMonitorError(
    'PERF_ARGUMENT_INVALID',
    `\`${name}\` must be a Date, an ISO 8601 string or epoch milliseconds, got ${String(time)}`,
  )
}

/** A mistyped name would ask for something else than was meant. */
function checkQuery(query: object, known: readonly string[]): void {
  if (typeof query !== 'object' || query === null) {
    throw new PerfMonitorError('PERF_ARGUMENT_INVALID', `the query must be an object, got ${String(query)}`)
  }
  const unknown = Object.keys(query).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new PerfMonitorError(
    'PERF_ARGUMENT_INVALID',
    `\`${unknown.slice(0, 60)}\` is unknown, there are ${known.join(', ')}`,
  )
}

function checkSpan(name: string, spanMs: number): void {
  if (spanMs > 0 && spanMs <= MAX_SPAN_MS) return
  throw new PerfMonitorError(
    'PERF_ARGUMENT_INVALID',
    `\`${name}\` must be a number from 1 to ${MAX_SPAN_MS}, got ${spanMs}`,
  )
}

function checkOrder(from: number, to: number): void {
  if (from < to) return
  throw new PerfMonitorError('PERF_ARGUMENT_INVALID', '`from` must be before `to`')
}
