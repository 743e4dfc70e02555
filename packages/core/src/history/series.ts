// History as columns: one value a step. Percentiles of a step are those of its merged histograms, never averages.
import { PerfMonitorError } from '../errors.js'
import { type PerformanceHistory, RUNTIME_FIELDS, SYSTEM_FIELDS } from '../types/window.js'
import { ByteReader } from './bytes.js'
import { type DurationSink, decodeDurations } from './codec.js'
import { meanRow, runtimeColumn, systemColumn } from './fields.js'
import { type GaugeRow, gaugeColumns, meanGauges } from './gauges.js'
import { type MemoryHistory, ROLL_UP_MS } from './memory-history.js'
import { OperationCounts, SeriesColumns } from './series-columns.js'
import { columnOf } from './window.js'

const DEFAULT_STEPS = 600 // a chart has no more pixels to show
const MAX_STEPS = 5000
const COUNTS_PER_PAUSE = 1000 // a tenth of a millisecond of sorting
const MAX_OPERATIONS = 200 // columns of the busiest ones; ask by name for any other

export interface SeriesQuery {
  from: number
  to: number
  stepMs: number | null
  component: string | null
  operation: string | null
  /** False: components only. */
  operations: boolean
  collectionIntervalMs: number
}

/** @throws PerfMonitorError `PERF_ARGUMENT_INVALID` when the step would give more than 5000 points */
export function* seriesOf(history: MemoryHistory, query: SeriesQuery): Generator<void, PerformanceHistory> {
  const { from, stepMs, steps, shiftMs } = gridOf(history, query)
  const to = from + steps * stepMs
  const timestamps: string[] = []
  const rows: Float64Array[] = []
  const gauges: (GaugeRow | null)[] = []
  const measuredMs: (number | null)[] = []
  // which ones are kept is known before the first column is made: six columns of every operation took gigabytes
  const kept = query.operations && query.operation === null ? yield* busiest(history, { ...query, from, to }) : null
  const columns = new SeriesColumns({ directory: history.directory, query, kept, steps })

  for (let step = 0; step < steps; step++) {
    const start = from + step * stepMs
    const end = start + stepMs
    timestamps.push(new Date(Math.min(end - shiftMs, query.to)).toISOString())
    const points = history.points(start, end)
    rows.push(meanRow(points.map(({ row }) => row)))
    gauges.push(meanGauges(points.map(({ gauges }) => gauges)))
    const parts = history.parts(start, end)
    measuredMs.push(parts.length === 0 ? null : parts.reduce((sum, { durationMs }) => sum + durationMs, 0))
    for (const { operations } of parts) yield* eachOperation(operations, columns)
    yield* columns.close(step)
    yield
  }
  return {
    from: new Date(from - shiftMs).toISOString(),
    to: new Date(query.to).toISOString(),
    stepMs,
    timestamps,
    measuredMs,
    system: yield* figures(rows, SYSTEM_FIELDS, systemColumn),
    runtime: yield* figures(rows, RUNTIME_FIELDS, runtimeColumn),
    gauges: yield* gaugeColumns(gauges),
    ...(yield* columns.finish(measuredMs)),
  }
}

interface Grid {
  /** Where the first step begins, epoch ms. */
  from: number
  stepMs: number
  steps: number
  /** By how much the edges lie behind whole multiples of the step. */
  shiftMs: number
}

/**
 * Steps on whole multiples, so that two queries see the same ones. Samples end there as well, a few ms early or late: edges
 * half a sample further keep each in its step. Where single samples are gone, steps are whole minutes: a rolled-up minute would
 * otherwise stand in one short step as a spike.
 */
function gridOf(history: MemoryHistory, query: SeriesQuery): Grid {
  const minutes = history.isRolledUpAfter(query.from)
  const unitMs = minutes ? ROLL_UP_MS : query.collectionIntervalMs
  const shiftMs = minutes ? -1 : unitMs / 2 // a minute's timestamp is its last millisecond
  const wantedMs = query.stepMs ?? (query.to - query.from) / DEFAULT_STEPS
  const stepMs = Math.max(1, Math.ceil(wantedMs / unitMs)) * unitMs
  const from = Math.floor(query.from / stepMs) * stepMs + shiftMs
  const steps = Math.max(1, Math.ceil((query.to - from) / stepMs))
  if (steps > MAX_STEPS + 1) {
    throw new PerfMonitorError(
      'PERF_ARGUMENT_INVALID',
      `\`step\` of ${stepMs} ms gives ${steps} points between \`from\` and \`to\`, at most ${MAX_STEPS} are given`,
    )
  }
  return { from, stepMs, steps, shiftMs }
}

/** The numbers of the 200 operations that ended most often: a pass over the counts alone. */
function* busiest(history: MemoryHistory, query: SeriesQuery): Generator<void, ReadonlySet<number>> {
  const counts = new OperationCounts(history.directory, query)
  for (const { operations } of history.parts(query.from, query.to)) yield* eachOperation(operations, counts)
  const { byId } = counts
  if (byId.size <= MAX_OPERATIONS) return new Set(byId.keys())
  const least = yield* leastOfLargest(byId.values(), MAX_OPERATIONS)
  const kept = new Set<number>()
  const ties: number[] = []
  let walked = 0
  for (const [id, count] of byId) {
    if (count > least) kept.add(id)
    else if (count === least && ties.length < MAX_OPERATIONS) ties.push(id)
    if (++walked % COUNTS_PER_PAUSE === 0) yield
  }
  for (const id of ties) if (kept.size < MAX_OPERATIONS) kept.add(id)
  return kept
}

/** The least of the `size` largest. In batches: sorting ten thousand at once takes a millisecond, even typed. */
function* leastOfLargest(values: Iterable<number>, size: number): Generator<void, number> {
  let largest: number[] = []
  for (const value of values) {
    largest.push(value)
    if (largest.length < size + COUNTS_PER_PAUSE) continue
    largest = Array.from(Float64Array.from(largest).sort().subarray(-size))
    yield
  }
  return Float64Array.from(largest).sort().at(-size) as number
}

function* eachOperation(operations: Uint8Array, sink: DurationSink): Generator<void, void> {
  const reader = new ByteReader(operations)
  while (!reader.done) {
    decodeDurations(reader, sink)
    yield
  }
}

function* figures<F extends string>(
  rows: readonly Float64Array[],
  fields: readonly F[],
  columnFor: (field: F) => number,
): Generator<void, Record<F, (number | null)[]>> {
  const table = {} as Record<F, (number | null)[]>
  for (const field of fields) {
    table[field] = columnOf(rows, columnFor(field))
    yield
  }
  return table
}
