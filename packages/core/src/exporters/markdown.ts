// The report as an engineer would write it: the verdict, then the evidence, then the data, then what the data cannot say.
import type { PerformanceAlert } from '../types/alerts.js'
import type { OptimizationRecommendation, PerformanceBottleneck } from '../types/findings.js'
import type { PerformanceReport } from '../types/report.js'
import { chunked, mapped, PAUSE, paused } from './chunks.js'
import { describeMetric, formatDuration, formatNumber, formatPercent, formatPlace, formatValue } from './format.js'
import { missingFields, runtimeRows, systemRows } from './markdown-figures.js'
import { operationTables } from './markdown-operations.js'
import { tableLines, escapeMarkdown as text } from './markdown-text.js'

const MAX_FINDINGS = 50 // a report is read, not searched: JSON and CSV carry all
const MAX_ALERTS = 100
const ROWS_PER_PAUSE = 10 // what comes from outside is escaped: 20 to 50 µs a row
const ALERT_ORDER: Readonly<Record<PerformanceAlert['state'], number>> = { firing: 0, pending: 1, resolved: 2 }

export function exportMarkdown(report: PerformanceReport): Iterable<string> {
  return chunked(sections(report))
}

function* sections(report: PerformanceReport): Generator<string, void, undefined> {
  yield* heading(report)
  yield* findings(report)
  yield* advice(report.advice)
  yield* resolved(report)
  yield* alerts(report.alerts)
  const omitted = yield* operationTables(report.snapshot.componentMetrics)
  yield* figures(report)
  yield* limits(report, omitted)
}

function* heading(report: PerformanceReport): Generator<string, void, undefined> {
  const { service } = report.snapshot
  const name = text([service.name, service.version].filter((part) => part !== null && part !== '').join(' '))
  yield `# Performance report: ${name}\n\n`
  const seconds = (Date.parse(report.window.to) - Date.parse(report.window.from)) / 1000
  const span = Number.isFinite(seconds) ? ` (${formatDuration(seconds * 1000)})` : ''
  yield `${text(report.window.from)} to ${text(report.window.to)}${span} · instance ${text(service.instanceId)}`
  yield ` · Node ${text(service.node)} · up ${formatDuration(service.uptimeSeconds * 1000)}\n\n`
  const { text: sentence, moreCount } = report.verdict
  const more = moreCount > 0 ? ` (${formatNumber(moreCount)} more below.)` : ''
  yield `**${text(sentence)}**${more}\n\n`
}

function* findings(report: PerformanceReport): Generator<string, void, undefined> {
  yield '## Findings\n\n'
  if (report.bottlenecks.length === 0) yield 'None in this window.\n\n'
  for (const [index, finding] of report.bottlenecks.slice(0, MAX_FINDINGS).entries()) {
    yield* findingLines(finding, index + 1)
    for (const advice of report.recommendations) {
      if (advice.bottleneckId === finding.id) yield `${adviceText(advice)}\n\n`
    }
    yield PAUSE
  }
  yield omittedLine(report.bottlenecks.length - MAX_FINDINGS, 'findings')
}

function* findingLines(finding: PerformanceBottleneck, rank: number): Generator<string, void, undefined> {
  yield `### ${rank}. ${text(finding.title)}\n\n`
  const { operation, component, location } = finding
  const facts = [`**${finding.severity}**`, text(finding.type)]
  if (operation !== null || component !== null) facts.push(text([component, operation].filter(Boolean).join(' ')))
  if (location !== null) {
    const where = formatPlace(location)
    facts.push(text(location.function === null ? where : `${where} in ${location.function}`))
  }
  facts.push(`impact ${formatNumber(finding.impactScore)} of 1`, `since ${text(finding.firstSeen)}`)
  yield `${facts.join(' · ')}\n\n${text(finding.description)}\n\n`
  yield sourceBlock(finding)
  if (finding.victims.length > 0) {
    const victims = finding.victims.map(
      ({ component, operation, metric, value, unit }) =>
        `${component === 'http' ? operation : `${component} ${operation}`} (${describeMetric(metric).label} ${formatValue(value, unit)})`,
    )
    yield `Slow or failing because of it: ${victims.map(text).join(', ')}.\n\n`
  }
  if (finding.evidence.length === 0) return
  const rows = finding.evidence.map(({ metric, value, unit, threshold }) => [
    text(describeMetric(metric).label),
    text(formatValue(value, unit)),
    text(formatValue(threshold, unit)),
  ])
  yield* tableLines(['Evidence', 'Measured>', 'Threshold>'], rows)
  yield '\n'
}

/** As a fenced block, the culprit's line marked; the fence is longer than any in the source. */
function sourceBlock({ location, source }: PerformanceBottleneck): string {
  if (location === null || source === null) return ''
  const lastLine = source.firstLine + source.lines.length - 1
  const lines = source.lines.map((line, index) => {
    const number = source.firstLine + index
    return `${number === location.line ? '>' : ' '} ${String(number).padStart(String(lastLine).length)}  ${line}`
  })
  const longest = Math.max(2, ...[...lines.join('\n').matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${lines.join('\n')}\n${fence}\n\n`
}

function* resolved(report: PerformanceReport): Generator<string, void, undefined> {
  if (report.resolved.length === 0) return
  yield '## Resolved\n\n'
  for (const { bottleneck, recommendations } of report.resolved.slice(0, MAX_FINDINGS)) {
    yield `- ${text(bottleneck.title)} (${text(bottleneck.type)}): gone since ${text(bottleneck.resolvedAt ?? '')}.`
    for (const { estimatedImpact: impact, measured } of recommendations) {
      if (impact === null || impact.predicted === null || measured === null) continue
      const { label, unit } = describeMetric(impact.metric)
      const [was, predicted, now] = [impact.current, impact.predicted, measured].map((value) =>
        formatValue(value, unit),
      )
      yield ` ${text(label)} was ${text(was as string)}, predicted ${text(predicted as string)}, measured ${text(now as string)}.`
    }
    yield '\n'
  }
  yield `\n${omittedLine(report.resolved.length - MAX_FINDINGS, 'resolved findings')}`
}

function adviceText(advice: OptimizationRecommendation): string {
  const lines = [`**What to do: ${text(advice.title)}.** ${text(advice.description)}`]
  lines.push(`Kind: ${text(advice.type)}, priority ${advice.priority}, effort ${advice.implementationEffort}.`)
  const impact = advice.estimatedImpact
  if (impact !== null && impact.predicted !== null) {
    const { label, unit } = describeMetric(impact.metric)
    const change = `${formatValue(impact.current, unit)} → ${formatValue(impact.predicted, unit)}`
    lines.push(`Expected: ${text(label)} ${text(change)} (confidence ${formatPercent(impact.confidence * 100)}).`)
  }
  return lines.join(' ')
}

/** What the app's advisor wrote: text, line by line, never markup. */
function* advice(said: PerformanceReport['advice']): Generator<string, void, undefined> {
  if (!said) return
  const by = said.model === undefined ? 'the advisor' : said.model
  yield `## Advice\n\nWritten by ${text(by)} from the findings, at ${text(said.at)}: not measured, check it.\n\n`
  for (const line of said.text.split('\n')) if (line.trim() !== '') yield `> ${text(line)}\n>\n`
  yield '\n'
}

function* alerts(all: readonly PerformanceAlert[]): Generator<string, void, undefined> {
  yield '## Alerts\n\n'
  if (all.length === 0) {
    yield 'None in this window.\n\n'
    return
  }
  const ordered = [...all].sort((a, b) => ALERT_ORDER[a.state] - ALERT_ORDER[b.state]).slice(0, MAX_ALERTS)
  const rows = mapped(ordered, (alert) => [
    alert.silenced ? `${alert.state} (silenced)` : alert.state,
    alert.severity,
    text(alert.message),
    text(formatValue(alert.value, alert.unit)),
    text(formatValue(alert.threshold, alert.unit)),
    text(alert.startedAt),
  ])
  const headers = ['State', 'Severity', 'Alert', 'Value>', 'Threshold>', 'Since']
  yield* paused(tableLines(headers, rows), ROWS_PER_PAUSE)
  yield `\n${omittedLine(all.length - MAX_ALERTS, 'alerts')}`
}

function* figures({ snapshot }: PerformanceReport): Generator<string, void, undefined> {
  yield `## System and runtime\n\nAt ${text(snapshot.timestamp)}.\n\n`
  const { systemMetrics, runtimeMetrics } = snapshot
  if (systemMetrics === null && runtimeMetrics === null) {
    yield 'No sample yet.\n\n'
    return
  }
  const rows = [...systemRows(systemMetrics), ...runtimeRows(runtimeMetrics)]
  yield* tableLines(['Figure', 'Value>'], rows)
  yield '\n'
}

function* limits(report: PerformanceReport, omittedOperations: number): Generator<string, void, undefined> {
  const { componentMetrics, systemMetrics, runtimeMetrics } = report.snapshot
  yield '## Limits of these data\n\n'
  yield '- Counts are exact; percentiles have a relative error of at most 1 %.\n'
  yield '- Shares of time are within a component: an operation and what it called are counted in the component of each.\n'
  yield '- Requests that the client gave up are aborted: neither success nor failure.\n'
  if (omittedOperations > 0) {
    yield `- ${formatNumber(omittedOperations)} operations with less total time are left out here; JSON and CSV have them all.\n`
  }
  const overflow = Object.entries(componentMetrics).filter(([, { operationBreakdown }]) =>
    Object.hasOwn(operationBreakdown, '(other)'),
  )
  if (overflow.length > 0) {
    const names = overflow.map(([component]) => text(component)).join(', ')
    yield `- The limit of operations was reached: further ones are counted under (other), in ${names}.\n`
  }
  const missing = missingFields(systemMetrics, runtimeMetrics)
  if (missing.length > 0) yield `- Not measured here: ${missing.map(text).join(', ')}.\n`
}

function omittedLine(count: number, noun: string): string {
  return count > 0 ? `${formatNumber(count)} more ${noun} in the JSON and CSV reports.\n\n` : ''
}
