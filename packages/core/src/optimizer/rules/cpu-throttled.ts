// True when the container's quota stops the process in a tenth of the scheduling periods or more, for 15 s at least. Impact: all requests,
// and the share of the time that it stood still. Predicted: periods in which it is stopped with room for what it wants: none.
import type { Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { mean, measured, settledFrom, shareAbove } from '../../types/reading.js'
import { formatCount, formatMs, formatPercent } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { MIN_CPU_SAMPLES } from '../cpu.js'
import { impactOf, severityOf, traffic } from '../impact.js'
import { loopState } from '../loop.js'

const THROTTLED_PERCENT = 10 // of the periods: every tenth 100 ms ends in a stop
const MIN_THROTTLED_MS = 15_000 // a deployment or a cron job is over by then
const PERIOD_MS = 100 // of the kernel's scheduler unless configured: a stop lasts up to its rest
const HEADROOM = 1.5 // over what it wants: load is uneven within a period
const NOTICED_MS = 50 // a block that would be shorter with a whole core is one that the quota stretched
const CONFIDENCE = 0.8

/** What standing still looks like from inside. */
const SYMPTOMS: ReadonlySet<string> = new Set([
  'high-cpu-usage',
  'slow-operations',
  'tail-latency',
  'concurrency-issues',
  'network-latency',
  'threadpool-saturation',
])

export function cpuThrottled(): OptimizerRule {
  return { name: 'cpu-throttled', evaluate }
}

function evaluate({ window }: RuleContext): Finding[] {
  const from = settledFrom(window)
  const values = measured(window.system('container.throttledPercent'), from)
  const percent = mean(values)
  if (percent === null || values.length < MIN_CPU_SAMPLES || percent < THROTTLED_PERCENT) return []
  const throttledMs =
    (shareAbove(values, THROTTLED_PERCENT) * values.length * window.durationMs) / window.timestamps.length
  if (throttledMs < MIN_THROTTLED_MS) return []
  const limitCores = window.latest.system?.container?.cpuLimitCores ?? null
  const usedCores = (mean(measured(window.runtime('cpuPercent'), from)) ?? 0) / 100
  const wantedCores = roundedCores(Math.max(usedCores, limitCores ?? 0) * HEADROOM)
  const impactScore = impactOfStops(window, percent)
  const severity = severityOf(impactScore)
  const limit =
    limitCores === null ? 'The container’s CPU quota' : `The container’s quota of ${formatCount(limitCores)} cores`
  return [
    {
      bottleneck: {
        type: 'cpu-throttled',
        severity,
        title: `${limit} stops the process in ${formatPercent(percent)} of the scheduling periods`,
        description: `${limit} was used up in ${formatPercent(percent)} of the periods, for ${formatMs(throttledMs)} of this time: each time everything in the container stands still for the rest of the period (up to ${formatMs(PERIOD_MS)}), whatever the code does. This process used ${formatCount(Number(usedCores.toPrecision(2)))} cores. Slow requests and a late event loop are the limit’s, not the code’s.`,
        component: null,
        operation: null,
        impactScore,
        evidence: [
          { metric: 'container.throttledPercent', value: percent, unit: '%', threshold: THROTTLED_PERCENT },
          ...(limitCores === null ? [] : [{ metric: 'container.cpuLimitCores', value: limitCores, unit: 'cores' }]),
          { metric: 'cpuPercent', value: usedCores * 100, unit: '% of one core' },
        ],
        location: null,
      },
      recommendations: [
        {
          type: 'configuration-tuning',
          title: `Raise the container’s CPU limit to ${formatCount(wantedCores)} cores, or take it off and keep the request`,
          description: `With room for ${formatCount(wantedCores)} cores no period ends in a stop. In Kubernetes that is \`resources.limits.cpu\`, in Docker \`--cpus\`. As many threads as the quota has cores (\`UV_THREADPOOL_SIZE\`, workers) keep it from being used up within a part of the period.`,
          priority: severity,
          implementationEffort: 'low',
          estimatedImpact: {
            score: Math.min(1, percent / 100),
            metric: 'container.throttledPercent',
            current: percent,
            predicted: 0,
            confidence: CONFIDENCE,
          },
        },
      ],
      explains: ({ bottleneck }) =>
        SYMPTOMS.has(bottleneck.type) ||
        (bottleneck.type === 'event-loop-blocked' && isStretched(bottleneck, limitCores)),
    },
  ]
}

/** What would hold the loop for a moment with a whole core is stopped in the middle of it. */
function isStretched({ location, evidence }: Finding['bottleneck'], limitCores: number | null): boolean {
  if (location === null) return true
  const blockMs = evidence.find(({ metric }) => metric === 'blockMs')?.value
  return limitCores !== null && blockMs !== undefined && blockMs * Math.min(1, limitCores) < NOTICED_MS
}

/** Requests meet a stop as they meet a blocked loop: what runs meanwhile waits half of it. */
function impactOfStops(window: MetricsWindow, percent: number): number {
  const all = traffic(window)
  const share = percent / 100
  const byStops = all.count * share * (PERIOD_MS / 2)
  const byQueue = loopState(window).waitMs * all.count * share
  return impactOf(all, { count: all.count * share, waitedMs: Math.max(byStops, byQueue) })
}

function roundedCores(cores: number): number {
  return Math.max(0.5, Math.ceil(cores * 2) / 2)
}
