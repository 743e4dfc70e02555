// Operations by share of their component's time, the largest of each. Selects while it walks: sorting ten thousand would block.
import type { ComponentPerformanceMetrics, OperationMetrics } from '../types/metrics.js'
import { mapped, PAUSE, paused } from './chunks.js'
import { formatDuration, formatNumber, formatPercent } from './format.js'
import { tableLines, escapeMarkdown as text } from './markdown-text.js'

const MAX_COMPONENTS = 20
const MAX_OPERATIONS = 50 // of each component: what follows has next to no share of the time

const ITEMS_PER_PAUSE = 250 // up to a quarter of a millisecond of looking up and weighing
const ROWS_PER_PAUSE = 10 // a row of ten escaped cells takes 20 to 50 µs

interface Ranked<T> {
  name: string
  item: T
  weight: number
}

/** Returns how many operations it left out. */
export function* operationTables(
  components: Record<string, ComponentPerformanceMetrics>,
): Generator<string, number, undefined> {
  yield '## Operations\n\n'
  const componentCount = Object.keys(components).length
  if (componentCount === 0) yield 'None ended in this window.\n\n'
  const chosen = yield* largest(components, MAX_COMPONENTS, (metrics) =>
    totalMs(metrics.averageDurationMs, metrics.totalOperations),
  )
  let omitted = 0
  for (const { name, item, weight } of chosen) omitted += yield* componentTable(name, item, weight)
  if (componentCount > chosen.length) {
    yield `${formatNumber(componentCount - chosen.length)} more components in the JSON and CSV reports.\n\n`
  }
  return omitted
}

function* componentTable(
  component: string,
  metrics: ComponentPerformanceMetrics,
  componentMs: number,
): Generator<string, number, undefined> {
  yield `### ${text(component)}\n\n`
  const facts = [`${formatNumber(metrics.totalOperations)} in all`, `${formatNumber(metrics.failedOperations)} failed`]
  facts.push(`p95 ${formatDuration(metrics.p95Ms)}`, `${formatRate(metrics.operationsPerSecond)}`)
  yield `${facts.join(', ')}.\n\n`
  const operations = metrics.operationBreakdown
  const chosen = yield* largest(operations, MAX_OPERATIONS, (figures) =>
    totalMs(figures.averageDurationMs, figures.count),
  )
  const headers = [
    'Operation',
    'Share of time>',
    'Count>',
    'Rate>',
    'p50>',
    'p95>',
    'p99>',
    'Max>',
    'Errors>',
    'Calls most',
  ]
  const cells = ({ name, item, weight }: Ranked<OperationMetrics>) => operationCells(name, item, weight, componentMs)
  if (chosen.length > 0) yield* paused(tableLines(headers, mapped(chosen, cells)), ROWS_PER_PAUSE)
  yield '\n'
  return chosen.length < MAX_OPERATIONS ? 0 : Object.keys(operations).length - chosen.length
}

function operationCells(name: string, figures: OperationMetrics, weightMs: number, componentMs: number): string[] {
  // a handler is the route's own code: what it calls is listed beside it
  const called = figures.children.filter(({ component }) => component !== 'handler')
  const top = called.reduce<OperationMetrics['children'][number] | null>(
    (most, child) => (most === null || child.totalMs > most.totalMs ? child : most),
    null,
  )
  const calls =
    top === null ? '' : `${text(`${top.component} ${top.operation}`)} (${formatNumber(top.callsPerParent)} a run)`
  return [
    text(name),
    componentMs > 0 ? formatPercent((100 * weightMs) / componentMs) : '–',
    formatNumber(figures.count),
    formatRate(figures.operationsPerSecond),
    formatDuration(figures.p50Ms),
    formatDuration(figures.p95Ms),
    formatDuration(figures.p99Ms),
    formatDuration(figures.maxDurationMs),
    formatPercent(figures.errorRatePercent),
    calls,
  ]
}

function formatRate(perSecond: number | null): string {
  const rate = formatNumber(perSecond)
  return rate === '–' ? rate : `${rate}/s`
}

/** The `limit` items of the greatest weight, in order. One pass with pauses, at most `limit` steps for one that belongs there. */
function* largest<T>(
  items: Record<string, T>,
  limit: number,
  weigh: (item: T) => number,
): Generator<string, Ranked<T>[], undefined> {
  const ranked: Ranked<T>[] = []
  let walked = 0
  for (const name of Object.keys(items)) {
    if (++walked % ITEMS_PER_PAUSE === 0) yield PAUSE
    const item = items[name]
    if (item === undefined) continue
    const weight = weigh(item)
    const last = ranked[ranked.length - 1]
    if (ranked.length >= limit && last !== undefined && weight <= last.weight) continue
    let at = ranked.length
    while (at > 0 && (ranked[at - 1]?.weight ?? 0) < weight) at--
    ranked.splice(at, 0, { name, item, weight })
    if (ranked.length > limit) ranked.pop()
  }
  return ranked
}

function totalMs(averageMs: number | null, count: number): number {
  const total = (averageMs ?? 0) * count
  return Number.isFinite(total) ? total : 0
}
