// True when p95 of what users wait for (time to first byte of a route, else duration) is above `responseTimeMs`: at least 20 runs, 5
// of them slow. Routes with the same slow child are one finding about that child; victims of a busy or blocked loop are none,
// or one about who blocks it. Impact: see impact.ts. Predictions: see slow-advice.ts; for a blocked loop p95 less the waits.
import type { Evidence, Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import { formatCount, formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { callsPerRunOf, isWait, type TimeSpent, whereTimeGoes } from '../calls.js'
import { cpuShortage } from '../cpu.js'
import { impactOf, severityOf, type Traffic, traffic, waitedFor } from '../impact.js'
import { isVictim, loopState, suspects, turnsOf } from '../loop.js'
import { adviceFor, whereItGoes } from '../slow-advice.js'
import { type Slowness, slowTraffic } from '../slowness.js'
import { isLongPoll, isSteady } from '../steady.js'

const MAX_FINDINGS = 10 // ranked by impact: who has ten slow causes begins with the first
const MIN_IMPACT = 0.02 // below it a rare route is slow by design (a report, an export), and nobody but its caller knows
const SHOWN = 5 // operations by name; the count says the rest
const CULPRIT_PERCENT = 25 // of the loop's time: high-cpu-usage names it already
const BLOCKED_CONFIDENCE = 0.6 // waits are estimated from the longest stand-still of each sample

interface Slow {
  readonly operation: OperationView
  readonly slow: Slowness
  readonly spent: TimeSpent
}

export function slowOperations(): OptimizerRule {
  return { name: 'slow-operations', evaluate }
}

function* evaluate({ window, thresholds }: RuleContext): Generator<void, Finding[]> {
  const thresholdMs = thresholds.responseTimeMs
  const all = traffic(window)
  const shortage = cpuShortage(window, thresholds.cpuUsagePercent)
  const culprits = shortage === null ? [] : suspects(window).filter(({ workPercent }) => workPercent >= CULPRIT_PERCENT)
  const named = new Set(culprits.map(({ operation }) => operation))
  const independent: Slow[] = []
  const victims: Slow[] = []
  for (const { operation, slow } of slowTraffic(window, thresholdMs)) {
    yield
    if (!isSteady(window, operation) || isLongPoll(operation)) continue
    const spent = whereTimeGoes(window, operation)
    if (named.has(operation) && !isWait(spent.where.component)) continue
    const list = isVictim(window, operation, { p95Ms: slow.p95Ms, thresholdMs }) ? victims : independent
    list.push({ operation, slow, spent })
  }
  // ranked before they are written: advice for hundreds that nobody gets to see would take long
  const ranked = (yield* grouped(independent))
    .map((group) => ({ group, impactScore: impactOfGroup(all, group) }))
    .filter(({ impactScore }) => impactScore >= MIN_IMPACT)
    .sort((a, b) => b.impactScore - a.impactScore)
    .slice(0, MAX_FINDINGS)
  const findings: Finding[] = []
  for (const { group, impactScore } of ranked) {
    yield
    findings.push(findingOf(window, { group, impactScore, thresholdMs }))
  }
  if (shortage === null && victims.length > 0 && impactOfGroup(all, victims) >= MIN_IMPACT) {
    findings.push(blockedLoop(window, { victims, all, thresholdMs }))
  }
  return findings
}

/** Operations that spend their time in the same child suffer from one cause. */
function* grouped(list: readonly Slow[]): Generator<void, Slow[][]> {
  const groups = new Map<string, Slow[]>()
  for (const item of list) {
    yield
    const { where, kind } = item.spent
    const shared = kind === 'child' && where.component !== 'handler'
    const key = JSON.stringify(
      shared ? [where.component, where.operation] : ['', item.operation.component, item.operation.operation],
    )
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()].map((group) => group.sort((a, b) => b.slow.slowCount - a.slow.slowCount))
}

function findingOf(
  window: MetricsWindow,
  of: { group: readonly Slow[]; impactScore: number; thresholdMs: number },
): Finding {
  const { group, impactScore, thresholdMs } = of
  const [first] = group as [Slow, ...Slow[]]
  const severity = severityOf(impactScore)
  const isShared = group.length > 1
  const about = isShared ? first.spent.where : first.operation
  const title = isShared
    ? `${operationLabel(about)} makes ${group.length} operations slow`
    : `${operationLabel(about)} is slow: p95 ${formatMs(first.slow.p95Ms)}`
  const sentences = group.slice(0, SHOWN).map((item) => sentenceOf(item, thresholdMs))
  if (group.length > SHOWN) sentences.push(`So do ${group.length - SHOWN} more.`)
  const loop = loopState(window)
  if (loop.busy) {
    sentences.push(
      `The event loop was ${formatPercent(loop.utilizationPercent as number)} busy meanwhile: up to ${formatMs(loop.waitMs)} of waiting for each turn is in these times.`,
    )
  }
  return {
    bottleneck: {
      type: 'slow-operations',
      severity,
      title,
      description: sentences.join(' '),
      component: about.component,
      operation: about.operation,
      impactScore,
      evidence: evidenceOf(first, thresholdMs),
      location: null,
    },
    recommendations: adviceFor({ window, ...first, impactScore, severity }),
  }
}

function sentenceOf({ operation, slow, spent }: Slow, thresholdMs: number): string {
  const runs = operation.component === 'http' ? 'requests' : 'runs'
  const basis = slow.basis === 'time to first byte' ? ' to the first byte' : ''
  const abandoned =
    slow.abandonedCount > 0 ? ` In ${formatCount(slow.abandonedCount)} of them the client gave up waiting.` : ''
  return (
    `p95 of ${operationLabel(operation)} is ${formatMs(slow.p95Ms)}${basis} (threshold ${formatMs(thresholdMs)}), p50 ${formatMs(slow.p50Ms)}; ` +
    `${formatCount(slow.slowCount)} of ${formatCount(operation.count)} ${runs} were slower than the threshold.${abandoned} ${whereItGoes({ operation, spent })}`
  )
}

function evidenceOf({ operation, slow, spent }: Slow, thresholdMs: number): Evidence[] {
  const evidence: Evidence[] = [
    {
      metric: slow.basis === 'duration' ? 'p95Ms' : 'timeToFirstByteP95Ms',
      value: slow.p95Ms,
      unit: 'ms',
      threshold: thresholdMs,
    },
    { metric: 'p50Ms', value: slow.p50Ms, unit: 'ms' },
    { metric: 'slowCount', value: slow.slowCount, unit: 'runs' },
    { metric: 'count', value: operation.count, unit: 'runs' },
  ]
  if (operation.selfMs !== null) {
    evidence.push({ metric: `share of ${operationLabel(spent.where)}`, value: spent.share * 100, unit: '%' })
    if (isWait(spent.where.component)) {
      evidence.push({ metric: 'callsPerRun', value: spent.callsPerRun, unit: 'calls' })
      evidence.push({ metric: 'mean per call', value: spent.meanMs, unit: 'ms' })
      const p95 = spent.view?.durations.quantile(0.95) ?? null
      if (p95 !== null) evidence.push({ metric: 'p95 per call', value: p95, unit: 'ms' })
    }
  }
  return evidence
}

function blockedLoop(
  window: MetricsWindow,
  of: { victims: readonly Slow[]; all: Traffic; thresholdMs: number },
): Finding {
  const { victims, all } = of
  const loop = loopState(window)
  // who blocks the loop takes at least as long itself as others wait for it
  const culprit = suspects(window).find(({ leastMs }) => leastMs >= loop.waitMs / 2)
  const impactScore = impactOfGroup(all, victims)
  const severity = severityOf(impactScore)
  const worst = victims.reduce((a, b) => (b.slow.slowCount > a.slow.slowCount ? b : a))
  const who = culprit === undefined ? 'Something outside of the measured operations' : operationLabel(culprit.operation)
  const names = victims
    .filter(({ operation }) => operation !== culprit?.operation)
    .slice(0, SHOWN)
    .map(({ operation, slow }) => `${operationLabel(operation)} (p95 ${formatMs(slow.p95Ms)})`)
  const waits = turnsOf(callsPerRunOf(window, worst.operation)) * loop.waitMs
  const predicted = Math.max(0, worst.slow.p95Ms - waits)
  const isWorstCulprit = worst.operation === culprit?.operation
  return {
    bottleneck: {
      type: 'slow-operations',
      severity,
      title: `${who} holds the event loop for up to ${formatMs(loop.longestMs)}`,
      description:
        `The event loop stood still for up to ${formatMs(loop.longestMs)}, so that one in twenty arrivals waits ${formatMs(loop.waitMs)} or more for its turn.` +
        `${culprit === undefined ? ' No measured operation has own work of that length: a timer or job does it.' : ` ${who} has at least ${formatMs(culprit.leastMs)} of own work in each of ${formatCount(culprit.operation.count)} runs.`}` +
        `${names.length === 0 ? '' : ` Slow because of it, not by themselves: ${names.join(', ')}${victims.length > SHOWN ? ` and ${victims.length - SHOWN} more` : ''}.`}`,
      component: culprit?.operation.component ?? null,
      operation: culprit?.operation.operation ?? null,
      impactScore,
      evidence: [
        { metric: 'eventLoopDelay.maxMs', value: loop.longestMs, unit: 'ms' },
        { metric: 'loopWaitP95Ms', value: loop.waitMs, unit: 'ms' },
        { metric: 'slowOperations', value: victims.length, unit: 'operations' },
        ...evidenceOf(worst, of.thresholdMs),
      ],
      location: null,
    },
    recommendations: [
      {
        type: 'algorithm-optimization',
        title:
          culprit === undefined
            ? 'Find the timer or job that holds the event loop'
            : `Cut the work of ${who} into pieces, or move it to a worker thread`,
        description:
          culprit === undefined
            ? `Wrap timers and jobs in \`track()\`: what takes about ${formatMs(loop.longestMs)} is it.`
            : `While it works, nothing else is answered: ${formatMs(culprit.leastMs)} at least, ${formatCount(culprit.operation.count)} times in ${formatMs(window.durationMs)}.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: isWorstCulprit
          ? null
          : {
              score: impactScore * (1 - predicted / worst.slow.p95Ms),
              metric: 'p95Ms',
              current: worst.slow.p95Ms,
              predicted,
              confidence: BLOCKED_CONFIDENCE,
            },
      },
    ],
  }
}

function impactOfGroup(all: Traffic, group: readonly Slow[]): number {
  return impactOf(all, {
    count: group.reduce((sum, { slow }) => sum + slow.slowCount, 0),
    waitedMs: group.reduce((sum, { operation }) => sum + waitedFor(operation), 0),
  })
}
