// The first sentence anyone reads: made from the first finding, the first alert, or the absence of both.
// It never says more than the evidence. Reports carry it, and so does the page.
import type { PerformanceAlert } from '../types/alerts.js'
import type { EstimatedImpact, PerformanceBottleneck } from '../types/findings.js'
import type { PerformanceSnapshot } from '../types/metrics.js'
import type { PerformanceReport, Verdict } from '../types/report.js'
import { describeMetric, formatNumber, formatPercent, formatPlace, formatValue } from './format.js'

const MIN_OPERATIONS = 50 // below this a p95 is one unlucky request
const COMFORTABLE_PERCENT = 70 // beyond it "plenty of headroom" would be a promise
const CALM_FAILING_PERCENT = 1 // from one in a hundred on, failures are news even where no threshold is crossed
const CALM_USED_PERCENT = 90 // nearer to a limit than this nobody would say "all is well"
const SURE_CONFIDENCE = 0.7 // below it "would" is said as "could"

export type VerdictInput = Pick<PerformanceReport, 'snapshot' | 'alerts' | 'bottlenecks' | 'recommendations'>

export interface Headroom {
  name: 'CPU' | 'memory' | 'disk' | 'heap' | 'event loop'
  usedPercent: number
}

/** The limit that is nearest, of those that were measured. */
export function nearestLimit(snapshot: PerformanceSnapshot): Headroom | null {
  const { systemMetrics: system, runtimeMetrics: runtime } = snapshot
  const fullestDisk = (system?.disks ?? []).reduce<number | null>(
    (most, disk) => Math.max(most ?? 0, disk.usedPercent),
    null,
  )
  const candidates: [Headroom['name'], number | null | undefined][] = [
    ['CPU', system?.cpuUsagePercent],
    ['memory', share(system?.memoryUsedBytes, system?.memoryTotalBytes)],
    ['disk', fullestDisk ?? share(system?.diskUsedBytes, system?.diskTotalBytes)],
    ['heap', share(runtime?.heapUsedBytes, runtime?.heapLimitBytes)],
    ['event loop', runtime?.eventLoopUtilizationPercent],
  ]
  let nearest: Headroom | null = null
  for (const [name, usedPercent] of candidates) {
    if (typeof usedPercent !== 'number' || !Number.isFinite(usedPercent)) continue
    if (nearest === null || usedPercent > nearest.usedPercent) nearest = { name, usedPercent }
  }
  return nearest
}

export function verdict(report: VerdictInput): Verdict {
  const first = report.bottlenecks[0]
  if (first !== undefined) return findingVerdict(first, report)
  const firing = report.alerts.filter((alert) => alert.state === 'firing' && !alert.silenced)
  const alert = firing.find((candidate) => candidate.severity === 'critical') ?? firing[0]
  if (alert !== undefined) return alertVerdict(alert, firing.length - 1)
  const traffic = countTraffic(report.snapshot)
  if (traffic.count < MIN_OPERATIONS) {
    const amount = traffic.count === 0 ? `no ${traffic.noun}s` : counted(traffic.count, traffic.noun)
    return { kind: 'early', severity: null, text: `Too early to say: ${amount} so far.`, moreCount: 0 }
  }
  return wellVerdict(report, traffic)
}

function findingVerdict(finding: PerformanceBottleneck, report: VerdictInput): Verdict {
  const { operation, location, severity } = finding
  let what = finding.title.trim().replace(/\.$/, '')
  if (operation !== null && !what.includes(operation)) what = `${operation}: ${what}`
  if (location !== null && !what.includes(location.file)) what += `, from ${formatPlace(location)}`
  const impact = bestImpact(finding, report)
  const text = impact === null ? `${what}.` : `${what}. ${impactSentence(impact, operation)}`
  return { kind: 'finding', severity, text, moreCount: report.bottlenecks.length - 1 }
}

function alertVerdict(alert: PerformanceAlert, moreCount: number): Verdict {
  const severity = alert.severity === 'critical' ? 'critical' : alert.severity === 'warning' ? 'high' : 'low'
  return { kind: 'alert', severity, text: `${alert.message.trim().replace(/\.$/, '')}.`, moreCount }
}

function wellVerdict(report: VerdictInput, traffic: Traffic): Verdict {
  const parts = ['nothing slow']
  const failingPercent = traffic.failed === 0 ? 0 : (100 * traffic.failed) / traffic.decided
  parts.push(failingPercent === 0 ? 'nothing failing' : `${formatPercent(failingPercent)} of ${traffic.noun}s failing`)
  const nearest = nearestLimit(report.snapshot)
  if (nearest !== null) {
    const used = formatPercent(nearest.usedPercent)
    if (nearest.usedPercent < COMFORTABLE_PERCENT) {
      parts.push(`plenty of headroom (${nearest.name}, the nearest limit, at ${used})`)
    } else parts.push(`the nearest limit is ${nearest.name}, at ${used}`)
  }
  const calm = failingPercent < CALM_FAILING_PERCENT && (nearest === null || nearest.usedPercent < CALM_USED_PERCENT)
  const pending = report.alerts.find((alert) => alert.state === 'pending' && !alert.silenced)
  const watch = pending === undefined ? '' : ` To watch: ${pending.message.trim().replace(/\.$/, '')}.`
  const text = `${calm ? 'All is well' : 'No finding'}: ${parts.join(', ')}.${watch}`
  return { kind: 'well', severity: null, text, moreCount: 0 }
}

function bestImpact(finding: PerformanceBottleneck, report: VerdictInput): EstimatedImpact | null {
  let best: EstimatedImpact | null = null
  for (const { bottleneckId, estimatedImpact: impact } of report.recommendations) {
    if (bottleneckId !== finding.id || impact === null) continue
    if (!Number.isFinite(impact.predicted) || !Number.isFinite(impact.current)) continue
    if (best === null || impact.score > best.score) best = impact
  }
  return best
}

function impactSentence(impact: EstimatedImpact, operation: string | null): string {
  const { label, unit } = describeMetric(impact.metric)
  const verb = impact.confidence < SURE_CONFIDENCE ? 'could' : 'would'
  const whose = operation === null ? 'the' : 'its'
  const now = formatValue(impact.current, unit)
  return `Fixing it ${verb} take ${whose} ${label} from ${now} to about ${formatValue(impact.predicted, unit)}.`
}

interface Traffic {
  count: number
  failed: number
  /** Successful and failed: the base of an error rate. */
  decided: number
  noun: 'request' | 'operation'
}

function countTraffic({ componentMetrics }: PerformanceSnapshot): Traffic {
  const http = componentMetrics.http
  const components = http === undefined ? Object.values(componentMetrics) : [http]
  // an app that never saw any operation is most likely a server that waits for its first request
  const noun = http !== undefined || components.length === 0 ? 'request' : 'operation'
  const traffic: Traffic = { count: 0, failed: 0, decided: 0, noun }
  for (const component of components) {
    traffic.count += component.totalOperations
    traffic.failed += component.failedOperations
    traffic.decided += component.successfulOperations + component.failedOperations
  }
  return traffic
}

function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`
}

function share(used: number | null | undefined, total: number | null | undefined): number | null {
  return typeof used === 'number' && typeof total === 'number' && total > 0 ? (100 * used) / total : null
}
