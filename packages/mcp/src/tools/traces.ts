import type { Trace, TraceSpan } from '@perf-monitor/core'
import { z } from 'zod'
import { PerfError } from '../perf-client.js'
import { joinLines, line, ms, operationName, place } from '../text.js'
import { tool } from './tool.js'

const DEFAULT_LIMIT = 3
const MAX_LIMIT = 10
const MAX_SPANS = 60 // of one trace
const MAX_ALIKE = 3 // the fourth call of the same says nothing that their number does not

export const getTraces = tool({
  name: 'get_traces',
  title: 'Get traces',
  description:
    'Single requests that were kept (slow, failed and a few typical ones) as a waterfall: what each called, when, for how long, and from which file:line.',
  input: z.object({
    component: z.string().max(1000).optional().describe('e.g. http'),
    operation: z.string().max(1000).optional().describe('e.g. "GET /orders/:id"; needs `component`'),
    limit: z.number().int().min(1).max(MAX_LIMIT).optional(),
  }),
  readOnly: true,
  async run({ component, operation, limit = DEFAULT_LIMIT }, client) {
    if (operation !== undefined && component === undefined) throw new PerfError('`operation` needs its `component`')
    let answer: { traces: Trace[] }
    try {
      answer = await client.json('/traces', { component, operation, limit })
    } catch (error) {
      if (!(error instanceof PerfError) || error.status !== 404) throw error
      throw new PerfError(
        'This app runs a version of perf-monitor without traces: update @perf-monitor/core, or use get_finding',
      )
    }
    if (answer.traces.length === 0)
      return 'No traces kept. Requests of the last 10 minutes are kept when they are slow or failed.'
    return joinLines(answer.traces.slice(0, limit).flatMap(waterfall), 'take a smaller `limit`')
  },
})

function waterfall(trace: Trace): string[] {
  const status = trace.statusCode === null ? trace.outcome : `${trace.outcome} ${trace.statusCode}`
  const lines = [
    `${operationName(trace.component, trace.operation)} · ${ms(trace.durationMs)} · ${status} · kept as ${trace.reason} · ${trace.startedAt} · id ${line(trace.id, 60)}`,
  ]
  if (trace.traceId !== null) lines.push(`W3C trace id ${line(trace.traceId, 40)}`)
  if (trace.error !== null) {
    lines.push(`error ${line(trace.error.class, 100)}: ${line(trace.error.message)} at ${place(trace.error.location)}`)
  }
  const repeats = new Map<string, { span: TraceSpan; count: number; totalMs: number }>()
  let shown = 0
  for (const span of trace.spans) {
    const key = JSON.stringify([span.parent, span.component, span.operation, span.success])
    const alike = repeats.get(key) ?? { span, count: 0, totalMs: 0 }
    alike.count++
    alike.totalMs += span.durationMs ?? 0
    repeats.set(key, alike)
    if (alike.count > MAX_ALIKE || shown >= MAX_SPANS) continue
    shown++
    lines.push(spanLine(span, trace.spans))
  }
  for (const { span, count, totalMs } of repeats.values()) {
    if (count <= MAX_ALIKE) continue
    lines.push(
      `  ${operationName(span.component, span.operation)}: ${count} times in this request, ${ms(totalMs)} in all`,
    )
  }
  if (trace.droppedSpans > 0) lines.push(`  … ${trace.droppedSpans} more were not kept`)
  return [...lines, '']
}

function spanLine(span: TraceSpan, all: readonly TraceSpan[]): string {
  const took = span.durationMs === null ? 'still running at the end' : ms(span.durationMs)
  const from = span.site === null ? '' : ` · called at ${place(span.site)}`
  const failed = span.success ? '' : ' · failed'
  return `${'  '.repeat(depthOf(span, all))}+${ms(span.startMs)} ${operationName(span.component, span.operation)} · ${took}${failed}${from}`
}

function depthOf(span: TraceSpan, all: readonly TraceSpan[]): number {
  let depth = 1
  for (let at = span.parent; at !== null && depth < 20; at = all[at]?.parent ?? null) depth++
  return depth
}
