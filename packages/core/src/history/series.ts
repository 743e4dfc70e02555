// History as columns: one value a step. Percentiles of a step are those of its merged histograms, never averages.
import { PerfMonitorError } from '../errors.js'
import { Histogram } from '../histogram/histogram.js'
import {
  type OperationHistory,
  type OperationView,
  type PerformanceHistory,
  RUNTIME_FIELDS,
  SYSTEM_FIELDS,
} from '../types/window.js'
import { IntervalSums } from './accumulator.js'
import { meanRow, runtimeColumn, systemColumn } from './fields.js'
import { type MemoryHistory, ROLL_UP_MS } from './memory-history.js'
import { nameTable } from './metrics.js'
import { columnOf } from './window.js'

const DEFAULT_STEPS = 600 // a chart has no more pixels to show
const MAX_STEPS = 5000
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
  const { from, to, stepMs, steps } = gridOf(history, query)
  const timestamps: string[] = []
  const rows: Float64Array[] = []
  const measuredMs: (number | null)[] = []
  const components = new Map<string, OperationHistory>()
  const operations = new Map<string, Map<string, OperationHistory>>()
  const counts = new Map<OperationHistory, number>()

  for (let step = 0; step < steps; step++) {
    const start = from + step * stepMs
    const end = start + stepMs
    timestamps.push(new Date(end).toISOString())
    const points = history.points(start, end)
    rows.push(meanRow(points.map(({ row }) => row)))
    const parts = history.parts(start, end)
    measuredMs.push(parts.length === 0 ? null : parts.reduce((sum, { durationMs }) => sum + durationMs, 0))
    if (parts.length === 0) continue
    const sums = new IntervalSums(history.directory)
    for (const part of parts) yield* sums.apply(part.operations)
    const merged = new Map<string, Merged>()
    for (const view of sums.byId.values()) {
      if (query.component !== null && view.component !== query.component) continue
      if (query.operation !== null && view.operation !== query.operation) continue
      entry(merged, view.component, newMerged).add(view)
      if (query.operations) {
        const columns = entry(entry(operations, view.component, newTable), view.operation, () => newColumns(steps))
        fill(columns, step, {
          count: view.count,
          failed: view.failedCount,
          aborted: view.abortedCount,
          durations: view.durations,
        })
        counts.set(columns, (counts.get(columns) ?? 0) + view.count)
      }
      yield
    }
    for (const [component, all] of merged)
      fill(
        entry(components, component, () => newColumns(steps)),
        step,
        all,
      )
  }
  const kept = busiest(counts)
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    stepMs,
    timestamps,
    measuredMs,
    system: Object.fromEntries(SYSTEM_FIELDS.map((field) => [field, columnOf(rows, systemColumn(field))])) as never,
    runtime: Object.fromEntries(RUNTIME_FIELDS.map((field) => [field, columnOf(rows, runtimeColumn(field))])) as never,
    components: tableOf(components, (columns) => zeroWhereIdle(columns, measuredMs)),
    operations: tableOf(operations, (table) =>
      tableOf(new Map([...table].filter(([, columns]) => kept.has(columns))), (columns) =>
        zeroWhereIdle(columns, measuredMs),
      ),
    ),
  }
}

interface Filled {
  count: number
  failed: number
  aborted: number
  durations: { quantile(q: number): number | null }
}

class Merged implements Filled {
  count = 0
  failed = 0
  aborted = 0
  readonly durations = new Histogram()

  add(view: OperationView): void {
    this.count += view.count
    this.failed += view.failedCount
    this.aborted += view.abortedCount
    this.durations.add(view.durations as Histogram)
  }
}

/**
 * Steps that end at `to` and reach back to `from` or a little further. Where single samples are gone, they are whole minutes:
 * a rolled-up minute would otherwise stand in one short step as a spike.
 */
function gridOf(
  history: MemoryHistory,
  query: SeriesQuery,
): { from: number; to: number; stepMs: number; steps: number } {
  const minutes = history.isRolledUpAfter(query.from)
  const unitMs = minutes ? ROLL_UP_MS : query.collectionIntervalMs
  const to = minutes ? Math.ceil((query.to + 1) / ROLL_UP_MS) * ROLL_UP_MS - 1 : query.to
  const wantedMs = query.stepMs ?? (to - query.from) / DEFAULT_STEPS
  const stepMs = Math.max(1, Math.ceil(wantedMs / unitMs)) * unitMs
  const steps = Math.max(1, Math.ceil((to - query.from) / stepMs))
  if (steps > MAX_STEPS) {
    throw new PerfMonitorError(
      'PERF_ARGUMENT_INVALID',
      `\`step\` of ${stepMs} ms gives ${steps} points between \`from\` and \`to\`, at most ${MAX_STEPS} are given`,
    )
  }
  return { from: to - steps * stepMs, to, stepMs, steps }
}

function newMerged(): Merged {
  return new Merged()
}

function newTable(): Map<string, OperationHistory> {
  return new Map()
}

function newColumns(steps: number): OperationHistory {
  const column = () => new Array<number | null>(steps).fill(null)
  return {
    count: column(),
    failedCount: column(),
    abortedCount: column(),
    p50Ms: column(),
    p95Ms: column(),
    p99Ms: column(),
  }
}

function fill(columns: OperationHistory, step: number, { count, failed, aborted, durations }: Filled): void {
  columns.count[step] = count
  columns.failedCount[step] = failed
  columns.abortedCount[step] = aborted
  columns.p50Ms[step] = durations.quantile(0.5)
  columns.p95Ms[step] = durations.quantile(0.95)
  columns.p99Ms[step] = durations.quantile(0.99)
}

/** A count is null only where nothing was measured. */
function zeroWhereIdle(columns: OperationHistory, measuredMs: readonly (number | null)[]): OperationHistory {
  for (const column of [columns.count, columns.failedCount, columns.abortedCount]) {
    column.forEach((value, step) => {
      if (value === null && measuredMs[step] !== null) column[step] = 0
    })
  }
  return columns
}

function busiest(counts: ReadonlyMap<OperationHistory, number>): ReadonlySet<OperationHistory> {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  return new Set(sorted.slice(0, MAX_OPERATIONS).map(([columns]) => columns))
}

function entry<V>(map: Map<string, V>, key: string, create: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = create()
    map.set(key, value)
  }
  return value
}

function tableOf<V, R>(map: ReadonlyMap<string, V>, convert: (value: V) => R): Record<string, R> {
  const table = nameTable<R>()
  for (const [key, value] of map) table[key] = convert(value)
  return table
}
