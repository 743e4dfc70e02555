// True when opening a connection to a host takes longer than `networkLatencyMs` on average, over at least 5 of them, or one in twenty
// of many waits for a lost packet, and the busy loop does not explain it. Impact: sqrt(share of requests that could meet one × share of waiting spent connecting). Predicted with
// kept-alive connections: the host's mean request time without its connects.
import type { Evidence, Finding, FindingSeverity, OptimizerRule, RuleContext } from '../../types/findings.js'
import { formatCount, formatMs, formatPercent, printable } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { isRequestTo, losesConnects } from '../hosts.js'
import { impactOf, severityOf, traffic } from '../impact.js'
import { loopState, turnsOf } from '../loop.js'
import { isSteady } from '../steady.js'

type Recommendation = Finding['recommendations'][number]

const MIN_LOSSY_CONNECTS = 60 // three of them at least are the slow ones
const MIN_CONNECTS = 5 // one lost SYN costs 1 s: the mean of fewer is that one
const LOOP_MS = 100 // on average: a loop so late makes seconds of its own
const MAX_FINDINGS = 10
const EVERYWHERE_HOSTS = 3 // as many hosts, and all of them slow: it is on this side
const CHURN_SHARE = 0.5 // connections per request: an agent that keeps them alive opens one for many
const CONFIDENCE = 0.7 // requests of pools that are kept alive may wait for a free connection instead

export function networkLatency(): OptimizerRule {
  return { name: 'network-latency', evaluate }
}

function evaluate({ window, thresholds }: RuleContext): Finding[] {
  const thresholdMs = thresholds.networkLatencyMs
  const hosts = window.operations.filter(({ component, count }) => component === 'connect' && count > 0)
  const loopMs = turnsOf(0) * loopState(window).waitMs
  const isSlow = (host: OperationView) => host.count >= MIN_CONNECTS && meanOf(host) - loopMs > thresholdMs
  const isLossy = (host: OperationView) => host.count >= MIN_LOSSY_CONNECTS && loopMs < LOOP_MS && losesConnects(host)
  const slow = hosts.filter((host) => (isSlow(host) || isLossy(host)) && isSteady(window, host))
  if (slow.length === 0) return []
  const judged = hosts.filter(({ count }) => count >= MIN_CONNECTS)
  if (slow.length >= EVERYWHERE_HOSTS && slow.length === judged.length) return [everywhere(window, slow, thresholdMs)]
  return slow
    .map((host) => findingOf(window, host, thresholdMs))
    .sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore)
    .slice(0, MAX_FINDINGS)
}

function findingOf(window: MetricsWindow, host: OperationView, thresholdMs: number): Finding {
  const name = printable(host.operation)
  const meanMs = meanOf(host)
  const impactScore = impactOf(traffic(window), { count: host.count, waitedMs: host.totalMs })
  const severity = severityOf(impactScore)
  const requests = requestsTo(window, host.operation)
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => host.durations.quantile(q) ?? 0) as [number, number, number]
  const evidence: Evidence[] = [
    { metric: 'meanConnectMs', value: meanMs, unit: 'ms', threshold: thresholdMs },
    { metric: 'connectP50Ms', value: p50, unit: 'ms' },
    { metric: 'connectP95Ms', value: p95, unit: 'ms' },
    { metric: 'connectP99Ms', value: p99, unit: 'ms' },
    { metric: 'connects', value: host.count, unit: 'connections' },
  ]
  if (host.failedCount > 0) evidence.push({ metric: 'failedConnects', value: host.failedCount, unit: 'connections' })
  if (requests.count > 0) evidence.push({ metric: 'requests', value: requests.count, unit: 'requests' })
  const failed = host.failedCount > 0 ? `, ${formatCount(host.failedCount)} of them in vain` : ''
  return {
    bottleneck: {
      type: 'network-latency',
      severity,
      title:
        meanMs > thresholdMs
          ? `Connecting to ${name} takes ${formatMs(meanMs)}`
          : `One in twenty connections to ${name} takes ${formatMs(p95)}`,
      description:
        `${formatCount(host.count)} connections were opened${failed}: mean ${formatMs(meanMs)} (threshold ${formatMs(thresholdMs)}), ` +
        `p50 ${formatMs(p50)}, p95 ${formatMs(p95)}, p99 ${formatMs(p99)}.` +
        `${requests.count === 0 ? '' : ` ${formatCount(requests.count)} requests went to this host in the same time.`}`,
      component: host.component,
      operation: host.operation,
      impactScore,
      evidence,
      location: null,
    },
    recommendations: recommend(host, { requests, severity, impactScore, p50, p95 }),
  }
}

function recommend(
  host: OperationView,
  of: { requests: Requests; severity: FindingSeverity; impactScore: number; p50: number; p95: number },
): Recommendation[] {
  const { requests, severity, p50, p95 } = of
  const name = printable(host.operation)
  const meanMs = meanOf(host)
  const recommendations: Recommendation[] = []
  if (requests.count > 0 && host.count >= CHURN_SHARE * requests.count) {
    const currentMs = requests.totalMs / requests.count
    const savedMs = host.totalMs / requests.count
    const predicted = Math.max(0, currentMs - savedMs)
    recommendations.push({
      type: 'configuration-tuning',
      title: `Keep connections to ${name} alive`,
      description: `${formatCount(host.count)} connections for ${formatCount(requests.count)} requests: nearly every request opens its own and waits ${formatMs(meanMs)} for it. An agent with \`keepAlive: true\` (or one shared undici \`Agent\`) opens a few and keeps them.`,
      priority: severity,
      implementationEffort: 'low',
      estimatedImpact:
        savedMs <= currentMs
          ? {
              score: of.impactScore * (savedMs / currentMs),
              metric: 'averageDurationMs',
              current: currentMs,
              predicted,
              confidence: CONFIDENCE,
            }
          : null,
    })
  }
  if (losesConnects(host)) {
    recommendations.push({
      type: 'configuration-tuning',
      title: `Look for lost packets or a full accept queue at ${name}`,
      description: `Half of the connects take ${formatMs(p50)} or less, one in twenty ${formatMs(p95)} or more: that is the pattern of a first packet that was lost and repeated after 1 s or 3 s, not of distance.`,
      priority: severity,
      implementationEffort: 'medium',
      estimatedImpact: null,
    })
  }
  if (recommendations.length === 0) {
    recommendations.push({
      type: 'architectural-change',
      title: `Bring ${name} nearer, or ask it less often`,
      description: `Even the median connect takes ${formatMs(p50)}: this is the way to the host (distance, proxies, name lookup), paid ${formatCount(host.count)} times${requests.count === 0 ? '' : ` for ${formatCount(requests.count)} requests (${formatPercent((host.count / requests.count) * 100)})`}.`,
      priority: severity,
      implementationEffort: 'high',
      estimatedImpact: null,
    })
  }
  return recommendations
}

function everywhere(window: MetricsWindow, hosts: readonly OperationView[], thresholdMs: number): Finding {
  const count = hosts.reduce((sum, host) => sum + host.count, 0)
  const totalMs = hosts.reduce((sum, host) => sum + host.totalMs, 0)
  const impactScore = impactOf(traffic(window), { count, waitedMs: totalMs })
  const severity = severityOf(impactScore)
  const list = hosts.slice(0, MAX_FINDINGS).map((host) => `${printable(host.operation)} (${formatMs(meanOf(host))})`)
  return {
    bottleneck: {
      type: 'network-latency',
      severity,
      title: `Connecting takes ${formatMs(totalMs / count)} on average, whatever the host`,
      description: `All ${hosts.length} hosts to which connections were opened are slow to connect to: ${list.join(', ')}${hosts.length > MAX_FINDINGS ? ' and more' : ''}. What they share is this side of the network.`,
      component: 'connect',
      operation: null,
      impactScore,
      evidence: [
        { metric: 'meanConnectMs', value: totalMs / count, unit: 'ms', threshold: thresholdMs },
        { metric: 'hosts', value: hosts.length, unit: 'hosts' },
        { metric: 'connects', value: count, unit: 'connections' },
      ],
      location: null,
    },
    recommendations: [
      {
        type: 'configuration-tuning',
        title: 'Check name lookup, proxy and outbound link of this host',
        description: `${hosts.length} different hosts at ${formatMs(totalMs / count)} on average have no more in common than the resolver, the proxy and the link that this process uses.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: null,
      },
    ],
  }
}

interface Requests {
  readonly count: number
  readonly totalMs: number
}

/** Of `http-client`, whose operations are `METHOD host`. */
function requestsTo(window: MetricsWindow, host: string): Requests {
  let count = 0
  let totalMs = 0
  for (const operation of window.operations) {
    if (!isRequestTo(operation, host)) continue
    count += operation.count
    totalMs += operation.totalMs
  }
  return { count, totalMs }
}

function meanOf(operation: OperationView): number {
  return operation.totalMs / operation.count
}
