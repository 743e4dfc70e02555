// One rectangular table in RFC 4180: operations are rows with their figures in columns; everything else is a row with metric, value and unit.
// docs/csv.md describes the columns and is held to them by a test.
import type { PerformanceAlert } from '../types/alerts.js'
import type { OptimizationRecommendation, PerformanceBottleneck } from '../types/findings.js'
import type { ComponentPerformanceMetrics, OperationMetrics } from '../types/metrics.js'
import type { PerformanceReport } from '../types/report.js'
import { chunked } from './chunks.js'
import { describeMetric } from './format.js'

export const CSV_COLUMNS = [
  'record',
  'component',
  'operation',
  'count',
  'successfulCount',
  'failedCount',
  'abortedCount',
  'errorRatePercent',
  'operationsPerSecond',
  'averageDurationMs',
  'minDurationMs',
  'maxDurationMs',
  'p50Ms',
  'p90Ms',
  'p95Ms',
  'p99Ms',
  'p999Ms',
  'selfMs',
  'active',
  'timeToFirstByteP50Ms',
  'timeToFirstByteP95Ms',
  'responseBytesAverage',
  'lastUpdated',
  'id',
  'type',
  'severity',
  'state',
  'metric',
  'value',
  'unit',
  'threshold',
  'text',
  'timestamp',
] as const

export type CsvRecord =
  | 'report'
  | 'component'
  | 'operation'
  | 'status-code'
  | 'child'
  | 'system'
  | 'runtime'
  | 'alert'
  | 'bottleneck'
  | 'evidence'
  | 'recommendation'

type Cell = string | number | boolean | null | undefined
type Row = { record: CsvRecord } & Partial<Record<(typeof CSV_COLUMNS)[number], Cell>>

const MUST_QUOTE = /[",\r\n]/
// A spreadsheet runs a cell that begins so as a formula, also behind quotes, blanks and controls that it strips on import;
// it takes the full-width twins for the signs themselves.
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls before the sign are the trap
const FORMULA = /^["'\s\u0000-\u001f\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/
const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/

export function exportCsv(report: PerformanceReport): Iterable<string> {
  return chunked(lines(report))
}

function* lines(report: PerformanceReport): Generator<string, void, undefined> {
  yield `${CSV_COLUMNS.join(',')}\r\n`
  for (const row of rows(report)) yield `${cellsOf(row).join(',')}\r\n`
}

const PLACES = new Map<string, number>(CSV_COLUMNS.map((column, place) => [column, place]))

/** By what a row has: most of its 33 columns are empty, and asking rows of many shapes for each of them took half of the time. */
function cellsOf(row: Row): string[] {
  const cells = new Array<string>(CSV_COLUMNS.length).fill('')
  for (const column in row) cells[PLACES.get(column) as number] = formatCell(row[column as keyof Row])
  return cells
}

function* rows(report: PerformanceReport): Generator<Row, void, undefined> {
  const { snapshot, timestamp } = report
  yield* reportRows(report)
  for (const [component, metrics] of Object.entries(snapshot.componentMetrics)) {
    yield componentRow(component, metrics)
    // keys first, figures one by one: Object.entries of ten thousand operations would take 4 ms at once
    for (const operation of Object.keys(metrics.operationBreakdown)) {
      const figures = metrics.operationBreakdown[operation]
      if (figures !== undefined) yield* operationRows(component, operation, figures)
    }
  }
  for (const [record, metrics] of [
    ['system', snapshot.systemMetrics],
    ['runtime', snapshot.runtimeMetrics],
  ] as const) {
    for (const [metric, value] of leaves(metrics, '')) {
      yield { record, metric, value, unit: describeMetric(metric).unit, timestamp: snapshot.timestamp ?? timestamp }
    }
  }
  for (const alert of report.alerts) yield alertRow(alert)
  for (const bottleneck of report.bottlenecks) yield* bottleneckRows(bottleneck)
  for (const recommendation of report.recommendations) yield recommendationRow(recommendation)
}

function* reportRows({ timestamp, window, snapshot: { service } }: PerformanceReport): Generator<Row, void, undefined> {
  const facts: [string, Cell, string][] = [
    ['from', window.from, ''],
    ['to', window.to, ''],
    ['serviceName', service.name, ''],
    ['serviceVersion', service.version, ''],
    ['instanceId', service.instanceId, ''],
    ['pid', service.pid, ''],
    ['node', service.node, ''],
    ['uptimeSeconds', service.uptimeSeconds, 's'],
  ]
  for (const [metric, fact, unit] of facts) {
    // `value` holds numbers only, so that it is read as a numeric column
    const holder = typeof fact === 'number' ? { value: fact } : { text: fact }
    yield { record: 'report', metric, ...holder, unit, timestamp }
  }
}

function componentRow(component: string, metrics: ComponentPerformanceMetrics): Row {
  return {
    ...durationCells(metrics),
    record: 'component',
    component,
    count: metrics.totalOperations,
    successfulCount: metrics.successfulOperations,
    failedCount: metrics.failedOperations,
    abortedCount: metrics.abortedOperations,
  }
}

function* operationRows(
  component: string,
  operation: string,
  figures: OperationMetrics,
): Generator<Row, void, undefined> {
  yield {
    ...durationCells(figures),
    record: 'operation',
    component,
    operation,
    count: figures.count,
    successfulCount: figures.successfulCount,
    failedCount: figures.failedCount,
    abortedCount: figures.abortedCount,
    selfMs: figures.selfMs,
    active: figures.active,
    timeToFirstByteP50Ms: figures.timeToFirstByteP50Ms,
    timeToFirstByteP95Ms: figures.timeToFirstByteP95Ms,
    responseBytesAverage: figures.responseBytesAverage,
  }
  for (const [metric, value] of Object.entries(figures.statusCodes ?? {})) {
    yield { record: 'status-code', component, operation, metric, value, unit: 'count' }
  }
  for (const child of figures.children) {
    const text = `${child.component} ${child.operation}`
    // written out: the spread of a common part into each was most of a report of ten thousand operations
    const { callsPerParent, totalMs, sharePercent } = child
    yield {
      record: 'child',
      component,
      operation,
      metric: 'callsPerParent',
      value: callsPerParent,
      unit: 'count',
      text,
    }
    yield { record: 'child', component, operation, metric: 'totalMs', value: totalMs, unit: 'ms', text }
    yield { record: 'child', component, operation, metric: 'sharePercent', value: sharePercent, unit: '%', text }
  }
}

function durationCells(figures: ComponentPerformanceMetrics | OperationMetrics): Partial<Row> {
  return {
    errorRatePercent: figures.errorRatePercent,
    operationsPerSecond: figures.operationsPerSecond,
    averageDurationMs: figures.averageDurationMs,
    minDurationMs: figures.minDurationMs,
    maxDurationMs: figures.maxDurationMs,
    p50Ms: figures.p50Ms,
    p90Ms: figures.p90Ms,
    p95Ms: figures.p95Ms,
    p99Ms: figures.p99Ms,
    p999Ms: figures.p999Ms,
    lastUpdated: figures.lastUpdated,
  }
}

function alertRow(alert: PerformanceAlert): Row {
  const { id, type, severity, state, component, operation, value, unit, threshold, timestamp } = alert
  const row: Row = {
    record: 'alert',
    id,
    type,
    severity,
    state,
    component,
    operation,
    value,
    unit,
    threshold,
    timestamp,
  }
  return { ...row, metric: alert.rule, text: alert.message }
}

function* bottleneckRows(finding: PerformanceBottleneck): Generator<Row, void, undefined> {
  const { id, type, severity, component, operation, location } = finding
  const place = location === null ? '' : ` (${location.file}:${location.line}:${location.column})`
  yield {
    record: 'bottleneck',
    ...{ id, type, severity, component, operation },
    metric: 'impactScore',
    value: finding.impactScore,
    text: `${finding.title}${place}: ${finding.description}`,
    timestamp: finding.firstSeen,
  }
  for (const { metric, value, unit, threshold } of finding.evidence) {
    yield {
      record: 'evidence',
      id,
      type,
      component,
      operation,
      metric,
      value,
      unit,
      threshold,
      timestamp: finding.lastSeen,
    }
  }
}

function recommendationRow(advice: OptimizationRecommendation): Row {
  const { id, type, priority, component, operation, estimatedImpact: impact } = advice
  const text = `${advice.title}: ${advice.description}`
  const row: Row = { record: 'recommendation', id, type, severity: priority, component, operation, text }
  if (impact === null) return row
  // the predicted figure; what it is now stands in `threshold`, the column for what a value is to be compared with
  const unit = describeMetric(impact.metric).unit
  return { ...row, metric: impact.metric, value: impact.predicted, unit, threshold: impact.current }
}

/** Numbers of a nested object by dotted path; a disk is named by its mount point. */
function* leaves(value: unknown, path: string): Generator<[string, number], void, undefined> {
  if (typeof value === 'number') yield [path, value]
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const name = typeof inner?.mount === 'string' ? inner.mount : key
    yield* leaves(inner, path === '' ? name : `${path}.${name}`)
  }
}

function formatCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : ''
  if (typeof cell === 'boolean') return String(cell)
  const text = FORMULA.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell
  return MUST_QUOTE.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
