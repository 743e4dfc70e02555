import type { OperationMetrics, PerformanceReport } from '@perf-monitor/core'
import { z } from 'zod'
import { PerfError } from '../perf-client.js'
import { joinLines, line, ms, operationName, percent, significant, table } from '../text.js'
import { moment, momentOf, type TimeWindow } from '../windows.js'
import { rowsOf, totalMs } from './operations.js'
import { tool } from './tool.js'

const MINUTE_MS = 60_000
const DEFAULT_MINUTES = 5
const MAX_MINUTES = 24 * 60
const MAX_ROWS = 25
const FEW = 20 // below this a p95 is one unlucky request

export const compare = tool({
  name: 'compare',
  title: 'Compare before and after',
  description:
    'Operations and findings of two windows side by side: what got faster, slower, failed more, which findings went and which came. Use it after a change: `at` is when it was deployed.',
  input: z.object({
    at: moment
      .optional()
      .describe(
        'The moment of the change: the minutes before it against those after it. Default: the middle of the last 2 × minutes.',
      ),
    minutes: z
      .number()
      .int()
      .min(1)
      .max(MAX_MINUTES)
      .optional()
      .describe(`Length of each window; default ${DEFAULT_MINUTES}`),
    beforeFrom: moment.optional().describe('Instead of `at`: both windows by their bounds, all four'),
    beforeTo: moment.optional(),
    afterFrom: moment.optional(),
    afterTo: moment.optional(),
    component: z.string().max(1000).optional().describe('Only this one; default all'),
  }),
  readOnly: true,
  async run(input, client) {
    const [before, after] = windowsOf(input)
    const [old, now] = await Promise.all([
      client.json<PerformanceReport>('/report', { format: 'json', ...before }),
      client.json<PerformanceReport>('/report', { format: 'json', ...after }),
    ])
    const missing = emptyOf(old, now)
    if (missing !== null) throw new PerfError(missing)
    const lines = [`before ${before.from} to ${before.to}`, `after  ${after.from} to ${after.to}`, '']
    lines.push(...operationLines(old, now, input.component), '', ...findingLines(old, now))
    return joinLines(lines, 'take one `component`')
  },
})

interface Asked {
  at?: string | undefined
  minutes?: number | undefined
  beforeFrom?: string | undefined
  beforeTo?: string | undefined
  afterFrom?: string | undefined
  afterTo?: string | undefined
}

function windowsOf({ at, minutes = DEFAULT_MINUTES, ...bounds }: Asked): [TimeWindow, TimeWindow] {
  const given = Object.values({ a: bounds.beforeFrom, b: bounds.beforeTo, c: bounds.afterFrom, d: bounds.afterTo })
  const named = given.filter((each) => each !== undefined)
  if (named.length > 0 && (named.length < 4 || at !== undefined)) {
    throw new PerfError('give either `at`, or all four of beforeFrom, beforeTo, afterFrom, afterTo')
  }
  const [beforeFrom, beforeTo, afterFrom, afterTo] = given
  if (beforeFrom !== undefined && beforeTo !== undefined && afterFrom !== undefined && afterTo !== undefined) {
    return [between('before', beforeFrom, beforeTo), between('after', afterFrom, afterTo)]
  }
  const nowMs = Date.now()
  const spanMs = minutes * MINUTE_MS
  const changeMs = at === undefined ? nowMs - spanMs : momentOf('at', at)
  if (changeMs >= nowMs) throw new PerfError('`at` must lie in the past: there is nothing after it yet')
  const endMs = Math.min(nowMs, changeMs + spanMs)
  return [iso(changeMs - spanMs, changeMs), iso(changeMs, endMs)]
}

function between(name: string, from: string, to: string): TimeWindow {
  const [fromMs, toMs] = [momentOf(`${name}From`, from), momentOf(`${name}To`, to)]
  if (fromMs >= toMs) throw new PerfError(`\`${name}From\` must be before \`${name}To\``)
  return iso(fromMs, toMs)
}

function iso(fromMs: number, toMs: number): TimeWindow {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }
}

/** What is compared with nothing is all new, or all gone: that is no comparison. */
function emptyOf(old: PerformanceReport, now: PerformanceReport): string | null {
  const [before, after] = [old, now].map(({ snapshot }) => rowsOf(snapshot).some(({ metrics }) => metrics.count > 0))
  if (!before)
    return 'Nothing ran in the window before: it is older than the history, or the app was not up yet. Choose a later `at`.'
  return after ? null : 'Nothing ran in the window after: send the app some traffic, then compare again.'
}

function operationLines(old: PerformanceReport, now: PerformanceReport, component: string | undefined): string[] {
  const sides = new Map<string, { name: string; before?: OperationMetrics; after?: OperationMetrics }>()
  for (const [side, report] of [
    ['before', old],
    ['after', now],
  ] as const) {
    for (const row of rowsOf(report.snapshot)) {
      if (component !== undefined && row.component !== component) continue
      const key = JSON.stringify([row.component, row.operation])
      const both = sides.get(key) ?? { name: operationName(row.component, row.operation) }
      sides.set(key, { ...both, [side]: row.metrics })
    }
  }
  const all = [...sides.values()]
  if (all.length === 0) return ['Nothing of this component ran in either window.']
  const weight = (each: (typeof all)[number]) =>
    Math.max(each.before ? totalMs(each.before) : 0, each.after ? totalMs(each.after) : 0)
  all.sort((a, b) => weight(b) - weight(a))
  const rows = all
    .slice(0, MAX_ROWS)
    .map(({ name, before, after }) => [
      name,
      pair(before?.operationsPerSecond, after?.operationsPerSecond, significant),
      pair(before?.p50Ms, after?.p50Ms, ms),
      pair(before?.p95Ms, after?.p95Ms, ms),
      pair(before?.errorRatePercent, after?.errorRatePercent, percent),
      verdict(before, after),
    ])
  const more = all.length - MAX_ROWS
  const rest = more > 0 ? [`… ${more} more operations with less total time`] : []
  return [...table(['operation', 'per second', 'p50', 'p95', 'errors', 'change of p95'], rows), ...rest]
}

function pair(
  before: number | null | undefined,
  after: number | null | undefined,
  show: (value: number) => string,
): string {
  const [left, right] = [before, after].map((value) => (typeof value === 'number' ? show(value) : '-'))
  return `${left} → ${right}`
}

function verdict(before: OperationMetrics | undefined, after: OperationMetrics | undefined): string {
  if (before === undefined) return 'new'
  if (after === undefined) return 'gone'
  if (before.p95Ms === null || after.p95Ms === null || before.p95Ms === 0) return '-'
  const factor = after.p95Ms / before.p95Ms
  const few = Math.min(before.count, after.count) < FEW ? ` (few: ${Math.min(before.count, after.count)} runs)` : ''
  return `${factor >= 1 ? '+' : ''}${significant((factor - 1) * 100)} %${few}`
}

function findingLines(old: PerformanceReport, now: PerformanceReport): string[] {
  const [before, after] = [old, now].map(({ bottlenecks }) => new Map(bottlenecks.map((each) => [each.id, each])))
  const lines: string[] = []
  for (const [id, finding] of before ?? []) {
    const state = after?.has(id) ? `still there, ${finding.severity} → ${after.get(id)?.severity}` : 'gone'
    lines.push(`- ${state}: ${line(finding.title)} (id ${line(id)})`)
  }
  for (const [id, finding] of after ?? []) {
    if (!before?.has(id)) lines.push(`- NEW [${finding.severity}]: ${line(finding.title)} (id ${line(id)})`)
  }
  return lines.length === 0 ? ['No findings in either window.'] : ['Findings:', ...lines]
}
