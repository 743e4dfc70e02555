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
  for (const row of reportRows(report)) yield lineOf(row)
  for (const [component, metrics] of Object.entries(report.snapshot.componentMetrics)) {
    yield lineOf(componentRow(component, metrics))
    // keys first, figures one by one: Object.entries of ten thousand operations would take 4 ms at once
    for (const operation of Object.keys(metrics.operationBreakdown)) {
      const figures = metrics.operationBreakdown[operation]
      if (figures !== undefined) yield* operationLines(component, operation, figures)
    }
  }
  for (const row of furtherRows(report)) yield lineOf(row)
}

const PLACES = new Map<string, number>(CSV_COLUMNS.map((column, place) => [column, place]))

/** By what a row has: most of its 33 columns are empty. */
function lineOf(row: Row): string {
  const cells = new Array<string>(CSV_COLUMNS.length).fill('')
  for (const column in row) cells[PLACES.get(column) as number] = formatCell(row[column as keyof Row])
  return `${cells.join(',')}\r\n`
}

/** As `lineOf`, for rows that come by the ten thousand: which columns they have is known, and the commas between stand ready. */
function lineWith(columns: readonly (typeof CSV_COLUMNS)[number][]): (cells: readonly string[]) => string {
  const places = columns.map((column) => CSV_COLUMNS.indexOf(column))
  const before = places.map((place, n) => ','.repeat(place - (places[n - 1] ?? 0)))
  const after = `${','.repeat(CSV_COLUMNS.length - 1 - (places.at(-1) ?? 0))}\r\n`
  return (cells) => {
    let line = ''
    for (let n = 0; n < before.length; n++) line += (before[n] as string) + cells[n]
    return line + after
  }
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

// all columns up to those of other records, in their order
const operationLine = lineWith(CSV_COLUMNS.slice(0, CSV_COLUMNS.indexOf('id')))
const partLine = lineWith(['record', 'component', 'operation', 'metric', 'value', 'unit', 'text'])

/** An operation, its status codes and what it called. */
function* operationLines(
  component: string,
  operation: string,
  figures: OperationMetrics,
): Generator<string, void, undefined> {
  // once for all its lines: what a spreadsheet would run is looked for in each text
  const [componentCell, operationCell] = [formatCell(component), formatCell(operation)]
  yield operationLine([
    'operation',
    componentCell,
    operationCell,
    formatNumber(figures.count),
    formatNumber(figures.successfulCount),
    formatNumber(figures.failedCount),
    formatNumber(figures.abortedCount),
    formatNumber(figures.errorRatePercent),
    formatNumber(figures.operationsPerSecond),
    formatNumber(figures.averageDurationMs),
    formatNumber(figures.minDurationMs),
    formatNumber(figures.maxDurationMs),
    formatNumber(figures.p50Ms),
    formatNumber(figures.p90Ms),
    formatNumber(figures.p95Ms),
    formatNumber(figures.p99Ms),
    formatNumber(figures.p999Ms),
    formatNumber(figures.selfMs),
    formatNumber(figures.active),
    formatNumber(figures.timeToFirstByteP50Ms),
    formatNumber(figures.timeToFirstByteP95Ms),
    formatNumber(figures.responseBytesAverage),
    formatCell(figures.lastUpdated),
  ])
  const part = (record: CsvRecord, metric: string, value: number, unit: string, text = '') =>
    partLine([record, componentCell, operationCell, metric, formatNumber(value), unit, text])
  for (const code in figures.statusCodes) {
    yield part('status-code', formatCell(code), figures.statusCodes[code] as number, 'count')
  }
  for (const { component: ofComponent, operation: called, callsPerParent, totalMs, sharePercent } of figures.children) {
    const text = formatCell(`${ofComponent} ${called}`)
    yield part('child', 'callsPerParent', callsPerParent, 'count', text)
    yield part('child', 'totalMs', totalMs, 'ms', text)
    yield part('child', 'sharePercent', sharePercent, '%', text)
  }
}

function durationCells(figures: ComponentPerformanceMetrics): Partial<Row> {
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

/** System, runtime, alerts and findings. */
function* furtherRows(report: PerformanceReport): Generator<Row, void, undefined> {
  const { snapshot, timestamp } = report
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
  if (typeof cell === 'number') return formatNumber(cell)
  if (typeof cell === 'boolean') return String(cell)
  const text = FORMULA.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell
  return MUST_QUOTE.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What is no number is left out. */
function formatNumber(value: number | null | undefined): string {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : ''
}
