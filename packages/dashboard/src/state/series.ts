// History as charts need it: columns over time, appended sample by sample, never more than MAX_POINTS.
import type { RuntimeMetrics, SystemMetrics } from '../../../core/src/types/metrics.js'
import type { StreamComponent, StreamSample } from '../../../core/src/types/report.js'
import type { OperationHistory, PerformanceHistory } from '../../../core/src/types/window.js'

export const MAX_POINTS = 2000

export type Column = readonly (number | null)[]
export type OperationColumns = Readonly<Record<keyof OperationHistory, Column>>

export interface Series {
  stepMs: number
  /** End of each step, epoch ms, ascending. */
  times: readonly number[]
  /** Measured time in each step: what a count is divided by for a rate. */
  measuredMs: Column
  system: Readonly<Record<string, Column>>
  runtime: Readonly<Record<string, Column>>
  components: Readonly<Record<string, OperationColumns>>
}

const OPERATION_FIELDS = ['count', 'failedCount', 'abortedCount', 'p50Ms', 'p95Ms', 'p99Ms'] as const

export function seriesOf(history: PerformanceHistory): Series {
  return limit({
    stepMs: history.stepMs,
    times: history.timestamps.map((time) => Date.parse(time)),
    measuredMs: history.measuredMs,
    system: history.system,
    runtime: history.runtime,
    components: history.components,
  })
}

/** Without the steps before the app began, of which history answers as gaps. */
export function sinceBegin(series: Series): Series {
  const first = series.measuredMs.findIndex((measured) => measured !== null)
  return first > 0 ? sliceSeries(series, first) : series
}

/** One operation's course in the place of a component, so that the same charts show both. */
export function operationSeriesOf(history: PerformanceHistory, component: string, operation: string): Series | null {
  const columns = history.operations[component]?.[operation]
  if (columns === undefined) return null
  return seriesOf({ ...history, system: {} as never, runtime: {} as never, components: { [component]: columns } })
}

/** What came since, put behind what is there. Steps that both have are taken from the newer answer: the last one was unfinished. */
export function mergeTail(series: Series, tail: Series, fromMs: number): Series {
  const first = tail.times[0]
  if (first === undefined || tail.stepMs !== series.stepMs) return first === undefined ? series : tail
  const keepUntil = series.times.findIndex((time) => time > first - series.stepMs / 2)
  const kept = keepUntil < 0 ? series.times.length : keepUntil
  return limit(
    trimBefore(
      combine(series, tail, (before, after) => [
        ...(before ?? empty(kept)).slice(0, kept),
        ...(after ?? empty(tail.times.length)),
      ]),
      fromMs,
    ),
  )
}

/** Whether samples can be appended as they come: one step is one sample. */
export function takesSamples(series: Series, intervalMs: number): boolean {
  return series.stepMs <= intervalMs * 1.5
}

export function appendSample(series: Series, sample: StreamSample, fromMs: number): Series {
  const time = Date.parse(sample.timestamp)
  const last = series.times.at(-1)
  if (Number.isNaN(time) || (last !== undefined && time <= last)) return series
  // a missed sample is a gap in the line, not a longer line
  const gap = last !== undefined && time - last > series.stepMs * 2.5
  const point: Series = {
    stepMs: series.stepMs,
    times: gap ? [last + series.stepMs, time] : [time],
    measuredMs: padded(sample.durationMs, gap),
    system: mapColumns(series.system, (field) => padded(readPath(sample.systemMetrics, field), gap)),
    runtime: mapColumns(series.runtime, (field) => padded(readPath(sample.runtimeMetrics, field), gap)),
    components: Object.fromEntries(
      [...new Set([...Object.keys(series.components), ...Object.keys(sample.componentMetrics)])].map((name) => [
        name,
        componentPoint(sample.componentMetrics[name], gap),
      ]),
    ),
  }
  const joined = combine(series, point, (before, after) => [
    ...(before ?? empty(series.times.length)),
    ...(after ?? empty(point.times.length)),
  ])
  return limit(trimBefore(joined, fromMs))
}

export function trimBefore(series: Series, fromMs: number): Series {
  const start = series.times.findIndex((time) => time >= fromMs)
  if (start === 0 || (start < 0 && series.times.length === 0)) return series
  return sliceSeries(series, start < 0 ? series.times.length : start)
}

/** The columns of charts, and of headline figures, come from here: `http` where there is any, else the busiest component. */
export function leadingComponent(totals: Readonly<Record<string, { totalOperations: number }>>): string | null {
  if ((totals.http?.totalOperations ?? 0) > 0) return 'http'
  let leading: string | null = null
  let most = 0
  for (const [name, { totalOperations }] of Object.entries(totals)) {
    if (totalOperations > most) {
      leading = name
      most = totalOperations
    }
  }
  return leading
}

export function ratio(part: Column | undefined, whole: Column | undefined, factor: number): (number | null)[] {
  return (part ?? []).map((value, index) => {
    const base = whole?.[index]
    return value === null || base === null || base === undefined || base <= 0 ? null : (value / base) * factor
  })
}

export function perSecond(counts: Column, measuredMs: Column): (number | null)[] {
  return ratio(counts, measuredMs, 1000)
}

/** Completed without failure and without the client leaving. */
export function successes(columns: OperationColumns): (number | null)[] {
  return columns.count.map((count, index) =>
    count === null
      ? null
      : Math.max(0, count - (columns.failedCount[index] ?? 0) - (columns.abortedCount?.[index] ?? 0)),
  )
}

function limit(series: Series): Series {
  return series.times.length > MAX_POINTS ? sliceSeries(series, series.times.length - MAX_POINTS) : series
}

function sliceSeries(series: Series, start: number): Series {
  const slice = (column: Column): Column => column.slice(start)
  return {
    stepMs: series.stepMs,
    times: series.times.slice(start),
    measuredMs: slice(series.measuredMs),
    system: mapColumns(series.system, (_, column) => slice(column)),
    runtime: mapColumns(series.runtime, (_, column) => slice(column)),
    components: Object.fromEntries(
      Object.entries(series.components).map(([name, columns]) => [name, operationColumns((f) => slice(columns[f]))]),
    ),
  }
}

type Join = (before: Column | undefined, after: Column | undefined) => Column

function combine(before: Series, after: Series, join: Join): Series {
  const fields = (a: Record<string, unknown>, b: Record<string, unknown>) => [
    ...new Set([...Object.keys(a), ...Object.keys(b)]),
  ]
  return {
    stepMs: before.stepMs,
    times: join(before.times, after.times) as number[],
    measuredMs: join(before.measuredMs, after.measuredMs),
    system: Object.fromEntries(
      fields(before.system, after.system).map((f) => [f, join(before.system[f], after.system[f])]),
    ),
    runtime: Object.fromEntries(
      fields(before.runtime, after.runtime).map((f) => [f, join(before.runtime[f], after.runtime[f])]),
    ),
    components: Object.fromEntries(
      fields(before.components, after.components).map((name) => [
        name,
        operationColumns((field) => join(before.components[name]?.[field], after.components[name]?.[field])),
      ]),
    ),
  }
}

function operationColumns(column: (field: keyof OperationHistory) => Column): OperationColumns {
  return Object.fromEntries(OPERATION_FIELDS.map((field) => [field, column(field)])) as unknown as OperationColumns
}

function componentPoint(component: StreamComponent | undefined, gap: boolean): OperationColumns {
  const values: Record<keyof OperationHistory, number | null> = {
    // a component that did nothing in the interval may be left out of the sample: it did nothing, which is known
    count: component?.totalOperations ?? 0,
    failedCount: component?.failedOperations ?? 0,
    abortedCount: component?.abortedOperations ?? 0,
    p50Ms: component?.p50Ms ?? null,
    p95Ms: component?.p95Ms ?? null,
    p99Ms: component?.p99Ms ?? null,
  }
  return operationColumns((field) => padded(values[field], gap))
}

function padded(value: number | null, gap: boolean): Column {
  return gap ? [null, value] : [value]
}

function mapColumns(
  columns: Readonly<Record<string, Column>>,
  map: (field: string, column: Column) => Column,
): Record<string, Column> {
  return Object.fromEntries(Object.entries(columns).map(([field, column]) => [field, map(field, column)]))
}

function empty(length: number): null[] {
  return new Array<null>(length).fill(null)
}

/** `eventLoopDelay.p99Ms`, `loadAverage.0`: the names of history's columns are paths in the metrics. */
function readPath(metrics: SystemMetrics | RuntimeMetrics | null, path: string): number | null {
  let value: unknown = metrics
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object') return null
    value = (value as Record<string, unknown>)[key]
  }
  return typeof value === 'number' ? value : null
}
