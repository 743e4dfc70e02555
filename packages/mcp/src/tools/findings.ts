import type { OptimizationRecommendation, PerformanceBottleneck, PerformanceReport } from '@perf-monitor/core'
import { z } from 'zod'
import { PerfError } from '../perf-client.js'
import { figure, figureOf, joinLines, line, operationName, percent, place, sourceLine } from '../text.js'
import { lastMinutes, minutes } from '../windows.js'
import { tool } from './tool.js'

const MAX_LISTED = 30
const MAX_LIST = 20

export const listFindings = tool({
  name: 'list_findings',
  title: 'List findings',
  description:
    'What makes the app slow or fail, the worst first, each with its cause, operation, place in the source (file:line) and id. Start here.',
  input: z.object({ minutes }),
  readOnly: true,
  async run(input, client) {
    const report = await client.json<PerformanceReport>('/report', { format: 'json', ...lastMinutes(input.minutes) })
    const lines = [`${line(report.verdict.text)}`, '']
    for (const finding of report.bottlenecks.slice(0, MAX_LISTED)) lines.push(...summary(finding))
    const more = report.bottlenecks.length - MAX_LISTED
    if (more > 0) lines.push(`… ${more} more of less weight`)
    if (report.bottlenecks.length === 0) lines.push('No findings in this window.')
    for (const gone of (report.resolved ?? []).slice(0, MAX_LIST))
      lines.push(`Resolved meanwhile: ${resolvedText(gone)}`)
    if (report.advice)
      lines.push(
        '',
        `Advice of ${line(report.advice.model ?? 'the advisor', 100)} (not measured): ${line(report.advice.text, 4000)}`,
      )
    if (report.bottlenecks.length > 0) lines.push('', 'get_finding with an id shows evidence, source and what to do.')
    return joinLines(lines, 'get_finding shows one of them')
  },
})

export const getFinding = tool({
  name: 'get_finding',
  title: 'Get one finding',
  description:
    'Everything known of one finding: evidence with figures, the source lines it points to, who suffers from it, what to do and what that would gain.',
  input: z.object({ id: z.string().min(1).max(200).describe('From list_findings'), minutes }),
  readOnly: true,
  async run({ id, minutes }, client) {
    const report = await client.json<PerformanceReport>('/report', { format: 'json', ...lastMinutes(minutes) })
    const finding = report.bottlenecks.find((each) => each.id === id)
    if (finding === undefined) throw notFound(id, report)
    const lines = [
      `${line(finding.title)}`,
      `id ${line(finding.id)} · ${line(finding.type)} · severity ${finding.severity} · impact ${percent(finding.impactScore * 100)} of what users feel`,
      `operation: ${operationName(finding.component, finding.operation)}`,
      `place: ${place(finding.location)}`,
      `first seen ${finding.firstSeen}, last seen ${finding.lastSeen}`,
      '',
      line(finding.description, 2000),
      '',
      'Evidence:',
      ...finding.evidence.slice(0, MAX_LIST).map(evidenceLine),
      ...sourceLines(finding),
      ...victimLines(finding),
      '',
      ...report.recommendations.filter(({ bottleneckId }) => bottleneckId === id).flatMap(adviceLines),
    ]
    return joinLines(lines, 'the rest is in get_report')
  },
})

function summary(finding: PerformanceBottleneck): string[] {
  return [
    `[${finding.severity}] ${line(finding.title)}`,
    `  id ${line(finding.id)} · ${line(finding.type)} · ${operationName(finding.component, finding.operation)} · ${place(finding.location)}`,
  ]
}

function evidenceLine({ metric, value, unit, threshold }: PerformanceBottleneck['evidence'][number]): string {
  const limit = threshold === undefined ? '' : ` (threshold ${figure(threshold, unit)})`
  return `- ${line(metric)}: ${figure(value, unit)}${limit}`
}

function sourceLines({ source, location }: PerformanceBottleneck): string[] {
  if (!source || location === null) return []
  const numbered = source.lines.slice(0, MAX_LIST).map((text, i) => {
    const number = source.firstLine + i
    return `${number === location.line ? '>' : ' '} ${String(number).padStart(5)} | ${sourceLine(text)}`
  })
  return ['', `Source, ${place(location)}:`, ...numbered]
}

function victimLines({ victims }: PerformanceBottleneck): string[] {
  if (!victims?.length) return []
  return [
    '',
    'Suffer from it:',
    ...victims
      .slice(0, MAX_LIST)
      .map(
        (each) =>
          `- ${operationName(each.component, each.operation)}: ${line(each.metric)} ${figure(each.value, each.unit)}`,
      ),
  ]
}

function adviceLines(advice: OptimizationRecommendation): string[] {
  const lines = [
    `What to do: ${line(advice.title)}`,
    line(advice.description, 2000),
    `effort ${advice.implementationEffort}, priority ${advice.priority}`,
  ]
  const impact = advice.estimatedImpact
  if (impact) {
    const [current, predicted] = [impact.current, impact.predicted].map((value) => figureOf(impact.metric, value))
    lines.push(
      `expected: ${line(impact.metric)} from ${current} to ${predicted} (confidence ${percent(impact.confidence * 100)})`,
    )
  }
  return [...lines, '']
}

/** By shape: `{ bottleneck }` or the finding itself. */
function resolvedText(gone: unknown): string {
  const finding = ((gone as { bottleneck?: unknown }).bottleneck ?? gone) as Partial<PerformanceBottleneck>
  return `${line(finding.title ?? finding.type ?? 'a finding')} (${operationName(finding.component ?? null, finding.operation ?? null)})`
}

function notFound(id: string, { bottlenecks }: PerformanceReport): PerfError {
  const known = bottlenecks.slice(0, MAX_LIST).map((each) => line(each.id))
  const there = known.length === 0 ? 'there are no findings in this window' : `there are ${known.join(', ')}`
  return new PerfError(
    `No finding ${line(id)} now: ${there}. It may be resolved; a larger \`minutes\` looks further back.`,
  )
}
