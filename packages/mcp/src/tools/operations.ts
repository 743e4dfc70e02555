import type { OperationMetrics, PerformanceSnapshot } from '@perf-monitor/core'
import { z } from 'zod'
import { PerfError } from '../perf-client.js'
import { bytes, joinLines, line, ms, operationName, percent, significant, table } from '../text.js'
import { DEFAULT_MINUTES, minutes } from '../windows.js'
import { tool } from './tool.js'

const MINUTE_MS = 60_000
const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100
const MAX_CHILDREN = 30

const SORTS = {
  totalTime: ({ metrics }: Row) => totalMs(metrics),
  p95: ({ metrics }: Row) => metrics.p95Ms ?? 0,
  count: ({ metrics }: Row) => metrics.count,
  errors: ({ metrics }: Row) => metrics.failedCount,
} as const

interface Row {
  component: string
  operation: string
  metrics: OperationMetrics
}

export const listOperations = tool({
  name: 'list_operations',
  title: 'List operations',
  description:
    'Routes (component http), handlers, database queries (db), outbound calls (http-client) and other measured operations with count, rate, latency percentiles and errors. With `component` and `operation`: one of them, with what it calls and its own time.',
  input: z.object({
    component: z.string().max(1000).optional().describe('Only this one: http, handler, db, http-client, pool, …'),
    operation: z.string().max(1000).optional().describe('Exact name; needs `component`. Shows its children.'),
    search: z.string().max(200).optional().describe('Part of a name, case does not matter'),
    sort: z.enum(['totalTime', 'p95', 'count', 'errors']).optional().describe('Default totalTime'),
    limit: z.number().int().min(1).max(MAX_LIMIT).optional(),
    minutes,
  }),
  readOnly: true,
  async run(
    { component, operation, search, sort = 'totalTime', limit = DEFAULT_LIMIT, minutes = DEFAULT_MINUTES },
    client,
  ) {
    const snapshot = await client.json<PerformanceSnapshot>('/snapshot', { windowMs: minutes * MINUTE_MS })
    const all = rowsOf(snapshot)
    if (operation !== undefined) return detail(find(all, component, operation))
    const wanted = all.filter(
      (row) =>
        (component === undefined || row.component === component) &&
        (search === undefined || row.operation.toLowerCase().includes(search.toLowerCase())),
    )
    wanted.sort((a, b) => SORTS[sort](b) - SORTS[sort](a))
    if (wanted.length === 0)
      return `None in the last ${minutes} min. Components: ${
        Object.keys(snapshot.componentMetrics)
          .map((name) => line(name, 60))
          .join(', ') || 'none yet'
      }.`
    const shown = wanted.slice(0, limit)
    const lines = table(
      ['operation', 'count', 'per second', 'p50', 'p95', 'p99', 'errors', 'total time'],
      shown.map(({ component, operation, metrics }) => [
        operationName(component, operation),
        String(metrics.count),
        significant(metrics.operationsPerSecond),
        ms(metrics.p50Ms),
        ms(metrics.p95Ms),
        ms(metrics.p99Ms),
        percent(metrics.errorRatePercent),
        ms(totalMs(metrics)),
      ]),
    )
    return joinLines(
      [`${shown.length} of ${wanted.length} operations by ${sort}, last ${minutes} min`, '', ...lines],
      'take a smaller `limit`, or `search`',
    )
  },
})

export function rowsOf({ componentMetrics }: Pick<PerformanceSnapshot, 'componentMetrics'>): Row[] {
  return Object.entries(componentMetrics).flatMap(([component, { operationBreakdown }]) =>
    Object.entries(operationBreakdown).map(([operation, metrics]) => ({ component, operation, metrics })),
  )
}

export function totalMs({ averageDurationMs, count }: OperationMetrics): number {
  return (averageDurationMs ?? 0) * count
}

function find(all: Row[], component: string | undefined, operation: string): Row {
  const found = all.find(
    (row) => row.operation === operation && (component === undefined || row.component === component),
  )
  if (found !== undefined) return found
  const near = all
    .filter((row) => row.operation.toLowerCase().includes(operation.toLowerCase().slice(0, 40)))
    .slice(0, 5)
    .map((row) => operationName(row.component, row.operation))
  const hint =
    near.length === 0 ? 'list_operations without `operation` shows what there is' : `near it: ${near.join('; ')}`
  throw new PerfError(`No operation ${operationName(component ?? null, operation)} ran in this window: ${hint}`)
}

function detail({ component, operation, metrics }: Row): string {
  const lines = [
    operationName(component, operation),
    `count ${metrics.count} (failed ${metrics.failedCount}, aborted ${metrics.abortedCount}), ${significant(metrics.operationsPerSecond)} per second, in flight ${metrics.active}`,
    `p50 ${ms(metrics.p50Ms)}, p90 ${ms(metrics.p90Ms)}, p95 ${ms(metrics.p95Ms)}, p99 ${ms(metrics.p99Ms)}, max ${ms(metrics.maxDurationMs)}, mean ${ms(metrics.averageDurationMs)}`,
    `own time ${metrics.selfMs === null ? '-' : `${ms(metrics.selfMs / Math.max(1, metrics.count))} per run`}`,
  ]
  if (metrics.statusCodes) lines.push(`status codes ${line(JSON.stringify(metrics.statusCodes))}`)
  if (metrics.responseBytesAverage != null) lines.push(`response ${bytes(metrics.responseBytesAverage)} on average`)
  for (const [name, value] of Object.entries(metrics.waits ?? {})) {
    if (typeof value === 'number') lines.push(`waits ${line(name, 40)}: ${ms(value)} in all`)
  }
  lines.push('', metrics.children.length === 0 ? 'It calls nothing that is measured.' : 'It calls:')
  const children = [...metrics.children].sort((a, b) => b.totalMs - a.totalMs).slice(0, MAX_CHILDREN)
  for (const child of children) {
    lines.push(
      `- ${operationName(child.component, child.operation)}: ${significant(child.callsPerParent)} calls per run, ${percent(child.sharePercent)} of its time`,
    )
  }
  return joinLines(lines, 'get_traces shows single runs')
}
