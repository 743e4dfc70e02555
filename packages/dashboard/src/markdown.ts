// A finding as text for an issue or a chat.
import type {
  OptimizationRecommendation,
  PerformanceBottleneck,
  SourceLocation,
} from '../../core/src/types/findings.js'
import { describeMetric, formatPercent, formatWithUnit } from './format.js'

export function findingMarkdown(finding: PerformanceBottleneck, advice: readonly OptimizationRecommendation[]): string {
  const lines = [`## ${finding.title}`, '', finding.description, '']
  lines.push(`- Cause: \`${finding.type}\`, severity ${finding.severity}`)
  if (finding.operation !== null)
    lines.push(`- Operation: ${code(finding.operation)} (${finding.component ?? 'unknown'})`)
  if (finding.location !== null) lines.push(`- Place: ${code(placeOf(finding.location))}`)
  lines.push(`- Since: ${finding.firstSeen}, last seen ${finding.lastSeen}`)
  if (finding.evidence.length > 0) {
    lines.push('', '| Measured | Value | Threshold |', '| --- | ---: | ---: |')
    for (const { metric, value, unit, threshold } of finding.evidence) {
      const limit = threshold === undefined ? '' : plain(formatWithUnit(threshold, unit))
      lines.push(`| ${cell(describeMetric(metric).label)} | ${plain(formatWithUnit(value, unit))} | ${limit} |`)
    }
  }
  for (const { title, description, implementationEffort, estimatedImpact } of advice) {
    lines.push('', `### ${title}`, '', description, '', `Effort: ${implementationEffort}.${gain(estimatedImpact)}`)
  }
  return `${lines.join('\n')}\n`
}

/** `src/orders.ts:42`. */
export function lineOf({ file, line }: SourceLocation): string {
  return Number.isInteger(line) ? `${file}:${line}` : file
}

export function placeOf(location: SourceLocation): string {
  const place = `${location.file}:${location.line}:${location.column}`
  return location.function === null ? place : `${location.function} (${place})`
}

function gain(impact: OptimizationRecommendation['estimatedImpact']): string {
  if (impact === null || impact.predicted === null) return ''
  const { label, unit } = describeMetric(impact.metric)
  const now = formatWithUnit(impact.current, unit)
  const then = formatWithUnit(impact.predicted, unit)
  return plain(
    ` Expected: ${label} from ${now} to about ${then} (confidence ${formatPercent(impact.confidence * 100)}).`,
  )
}

/** A span that holds backticks needs longer ones around it. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ')
}
