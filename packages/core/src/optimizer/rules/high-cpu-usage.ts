// True when host or event loop are above `cpuUsagePercent` for at least 15 s and a quarter of the window. Suspects: runs × own time
// of an operation's quickest runs, an upper bound of its work; a profile's top place where there is one. Impact: sqrt(share of time × share of waiting that queueing for
// the loop and the suspects' work explain × mean wait / responseTimeMs). Predicted: utilization without the first suspect's work.

import type { Evidence, Finding, FindingSeverity, OptimizerRule, RuleContext } from '../../types/findings.js'
import { mean, measured, settledFrom } from '../../types/reading.js'
import { formatCount, formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { placeText } from '../blocked.js'
import type { NamedOperation } from '../calls.js'
import { type CpuShortage, cpuShortage, loopShortage, ownShareOfHost } from '../cpu.js'
import { type HotSpots, hotEvidence, hotSentences, hotSpots } from '../hot.js'
import { impactOf, severityOf, type Traffic, traffic } from '../impact.js'
import { BUSY_PERCENT, isVictim, loopState, type Suspect, suspects } from '../loop.js'
import type { Place } from '../profiled.js'
import { slowTraffic } from '../slowness.js'

type Recommendation = Finding['recommendations'][number]

const GC_PERCENT = 10 // a tenth of the time for collections is twice what V8 takes for healthy allocation
const THROTTLED_PERCENT = 5 // of the periods; below it the quota is hardly felt
const MAIN_SUSPECT_PERCENT = 25 // of the loop's time: then the finding is about that operation
const FOREIGN_SHARE = 0.5 // this process takes less than half of the host's CPU: others do
const SHOWN = 3 // suspects and victims by name; the count says the rest
const FOREIGN_IMPACT = 0.05 // a remark: nothing in this app is wrong
const UNFELT_IMPACT = 0.1 // per share of time: no headroom is a fault before anybody waits
const MOST_OF_TIME = 0.5 // that the loop is full: no headroom is left, whatever the durations say
const NO_ROUTES_IMPACT = 0.25 // nobody is known to wait: a batch job that uses its CPU may be just that
const CONFIDENCE = 0.5 // the work is an upper bound, and load that waited outside comes in when there is room

export function highCpuUsage(): OptimizerRule {
  return { name: 'high-cpu-usage', evaluate }
}

function* evaluate({ window, thresholds, captures, want }: RuleContext): Generator<void, Finding[]> {
  const short = cpuShortage(window, thresholds.cpuUsagePercent)
  if (short === null) return []
  const all = traffic(window)
  const use = cpuUse(window)
  const isMinor = short.of === 'host' && use.processShare !== null && use.processShare < FOREIGN_SHARE
  // one of many cores is all that a loop can fill: a small share of the host, and all that the app has
  const own = short.of === 'host' ? loopShortage(window, thresholds.cpuUsagePercent) : short
  const shortage = isMinor ? (own ?? short) : short
  const foreign = isMinor && own === null
  const suspected = foreign ? [] : suspects(window)
  const hot = foreign ? null : hotSpots(captures)
  if (hot === null && !foreign) want({ type: 'cpu', reason: 'high-cpu-usage: what takes it' })
  const owner = ownerOf(hot, suspected)
  // what other processes use is no fault of this app, however much it waits
  const impactScore = foreign
    ? FOREIGN_IMPACT * shortage.shareOfTime
    : impact(window, { shortage, own, all, suspected, thresholdMs: thresholds.responseTimeMs })
  const severity = severityOf(impactScore)
  const utilization = loopState(window).utilizationPercent
  const evidence: Evidence[] = [
    {
      metric: shortage.of === 'host' ? 'cpuUsagePercent' : 'eventLoopUtilizationPercent',
      value: shortage.percent,
      unit: '%',
      threshold: thresholds.cpuUsagePercent,
    },
    { metric: 'shareOfTime', value: shortage.shareOfTime * 100, unit: '%' },
  ]
  if (use.processPercent !== null)
    evidence.push({ metric: 'cpuPercent', value: use.processPercent, unit: '% of one core' })
  if (shortage.of === 'host' && utilization !== null) {
    evidence.push({ metric: 'eventLoopUtilizationPercent', value: utilization, unit: '%' })
  }
  if (use.gcPercent !== null)
    evidence.push({ metric: 'gc.pausePercent', value: use.gcPercent, unit: '%', threshold: GC_PERCENT })
  if (use.throttledPercent !== null && use.throttledPercent > THROTTLED_PERCENT) {
    evidence.push({
      metric: 'container.throttledPercent',
      value: use.throttledPercent,
      unit: '%',
      threshold: THROTTLED_PERCENT,
    })
  }
  if (hot !== null) evidence.push(...hotEvidence(hot))
  for (const { operation, workPercent } of suspected.slice(0, SHOWN)) {
    evidence.push({ metric: `work of ${operationLabel(operation)}`, value: workPercent, unit: '% of the loop at most' })
  }
  const what = shortage.of === 'host' ? 'CPU' : 'The event loop’s thread'
  return [
    {
      bottleneck: {
        type: 'high-cpu-usage',
        severity,
        title: `${what} at ${formatPercent(shortage.percent)} for ${formatMs(shortage.aboveMs)}${mostOf(hot, owner)}`,
        description: describe({
          window,
          shortage,
          use,
          foreign,
          hot,
          suspected,
          victims: yield* victimsOf(window, thresholds.responseTimeMs),
        }),
        component: owner?.component ?? null,
        operation: owner?.operation ?? null,
        impactScore,
        evidence,
        location: hot?.place?.location ?? null,
      },
      recommendations: recommend({ window, use, foreign, hot, suspected, severity }),
    },
  ]
}

/** Whom most of it is for: by a profile, otherwise by what the operations' quickest runs add up to. */
function ownerOf(hot: HotSpots | null, suspected: readonly Suspect[]): NamedOperation | null {
  const [profiled] = hot?.operations ?? []
  if (profiled !== undefined) return profiled.share * 100 >= MAIN_SUSPECT_PERCENT ? profiled : null
  const [first] = suspected
  return first !== undefined && first.workPercent >= MAIN_SUSPECT_PERCENT ? first.operation : null
}

function mostOf(hot: HotSpots | null, owner: NamedOperation | null): string {
  if (hot?.place != null)
    return `, ${formatPercent(hot.place.share * 100)} of this process’s at ${placeText(hot.place.location)}`
  return owner === null ? '' : `, most of it likely in ${operationLabel(owner)}`
}

interface CpuUse {
  /** Of one core. */
  processPercent: number | null
  /** Of what the host used. */
  processShare: number | null
  gcPercent: number | null
  throttledPercent: number | null
  limitCores: number | null
}

function cpuUse(window: MetricsWindow): CpuUse {
  const from = settledFrom(window)
  const system = window.latest.system
  const processPercent = mean(measured(window.runtime('cpuPercent'), from))
  return {
    processPercent,
    processShare: ownShareOfHost(window),
    gcPercent: mean(measured(window.runtime('gc.pausePercent'), from)),
    throttledPercent: mean(measured(window.system('container.throttledPercent'), from)),
    limitCores: system?.container?.cpuLimitCores ?? null,
  }
}

function impact(
  window: MetricsWindow,
  of: {
    shortage: CpuShortage
    own: CpuShortage | null
    all: Traffic
    suspected: readonly Suspect[]
    thresholdMs: number
  },
): number {
  const { shortage, own, all } = of
  // what waits for a full loop before it is read is in nobody's duration
  const isFull = own !== null && own.shareOfTime >= MOST_OF_TIME
  const unfelt = UNFELT_IMPACT * (isFull ? 1 : shortage.shareOfTime)
  if (all.count === 0 || all.waitedMs === 0) return unfelt
  const queueingMs = loopState(window).waitMs * all.count * shortage.shareOfTime
  const workMs = of.suspected.reduce((sum, { leastMs, operation }) => sum + leastMs * operation.count, 0)
  const felt = Math.min(1, all.waitedMs / all.count / of.thresholdMs)
  const score = impactOf(all, { count: all.count * shortage.shareOfTime * felt, waitedMs: queueingMs + workMs })
  const bounded = all.operations[0]?.component === 'http' ? score : Math.min(NO_ROUTES_IMPACT, score)
  return Math.max(unfelt, bounded)
}

function* victimsOf(window: MetricsWindow, thresholdMs: number): Generator<void, OperationView[]> {
  const victims: OperationView[] = []
  for (const { operation, slow } of slowTraffic(window, thresholdMs)) {
    yield
    if (isVictim(window, operation, { p95Ms: slow.p95Ms, thresholdMs })) victims.push(operation)
  }
  return victims
}

function describe(of: {
  window: MetricsWindow
  shortage: CpuShortage
  use: CpuUse
  foreign: boolean
  hot: HotSpots | null
  suspected: readonly Suspect[]
  victims: readonly OperationView[]
}): string {
  const { shortage, use, suspected, victims } = of
  const loop = loopState(of.window)
  const sentences = [
    `${shortage.of === 'host' ? 'CPU usage was' : 'The event loop and its thread’s CPU were'} at ${formatPercent(shortage.percent)} ` +
      `for ${formatMs(shortage.aboveMs)} (${formatPercent(shortage.shareOfTime * 100)} of the time).`,
  ]
  if (of.foreign) {
    sentences.push(
      `This process uses ${formatPercent(use.processPercent as number)} of one core, ` +
        `${formatPercent((use.processShare as number) * 100)} of what is used: other processes take the rest.`,
    )
  }
  if (use.throttledPercent !== null && use.throttledPercent > THROTTLED_PERCENT) {
    sentences.push(
      `The container’s quota${use.limitCores === null ? '' : ` of ${formatCount(use.limitCores)} cores`} stopped it in ` +
        `${formatPercent(use.throttledPercent)} of the periods: that waiting is the limit’s, not the code’s.`,
    )
  }
  if (of.hot !== null) sentences.push(...hotSentences(of.hot))
  if (suspected.length > 0) {
    const named = suspected
      .slice(0, SHOWN)
      .map(
        ({ operation, workPercent, leastMs }) =>
          `${operationLabel(operation)} (${formatCount(operation.count)} runs of at least ${formatMs(leastMs)} own time: up to ${formatPercent(workPercent)} of the loop)`,
      )
    sentences.push(`Work that may have used it: ${named.join('; ')}.`)
  } else if (!of.foreign && loop.busy) {
    sentences.push(
      'None of the measured operations has enough own time to explain it: timers or jobs outside of them do.',
    )
  }
  if (use.gcPercent !== null && use.gcPercent > GC_PERCENT) {
    sentences.push(`Garbage collection takes ${formatPercent(use.gcPercent)} of the time.`)
  }
  if (victims.length > 0) {
    const names = victims.slice(0, SHOWN).map(operationLabel).join(', ')
    const more = victims.length > SHOWN ? ` and ${victims.length - SHOWN} more` : ''
    sentences.push(
      `Slow because of it: ${names}${more}; whatever arrives waits up to ${formatMs(loop.waitMs)} for each of its turns on the loop.`,
    )
  }
  return sentences.join(' ')
}

function forPlace(of: { place: Place; utilization: number; severity: FindingSeverity }): Recommendation {
  const { place, utilization, severity } = of
  const predicted = utilization * (1 - place.share)
  return {
    type: 'algorithm-optimization',
    title: `Make ${placeText(place.location)} cheaper${place.api === null ? '' : `: it calls \`${place.api}\``}`,
    description:
      `It takes ${formatPercent(place.share * 100)} of this process’s CPU. Do there once what is the same every time (compiled expressions, ` +
      'parsed or rendered results), look things up in a Map instead of going through lists, or do the work in worker threads. ' +
      `Without it the loop would be ${formatPercent(predicted)} busy instead of ${formatPercent(utilization)}.`,
    priority: severity,
    implementationEffort: 'medium',
    estimatedImpact: {
      score: place.share,
      metric: 'eventLoopUtilizationPercent',
      current: utilization,
      predicted,
      confidence: CONFIDENCE,
    },
  }
}

function recommend(of: {
  window: MetricsWindow
  use: CpuUse
  foreign: boolean
  hot: HotSpots | null
  suspected: readonly Suspect[]
  severity: FindingSeverity
}): Recommendation[] {
  const { use, severity, suspected } = of
  const recommendations: Recommendation[] = []
  const utilization = loopState(of.window).utilizationPercent
  const [first] = suspected
  const place = of.hot?.place ?? null
  if (place !== null && utilization !== null && utilization > 0) {
    recommendations.push(forPlace({ place, utilization, severity }))
  } else if (first !== undefined && utilization !== null && utilization > 0) {
    const name = operationLabel(first.operation)
    recommendations.push({
      type: 'algorithm-optimization',
      title: `Make ${name} do less on the event loop, or move it to a worker thread`,
      description:
        `Even its quickest runs take ${formatMs(first.leastMs)} outside of databases and outbound calls, ` +
        `${formatCount(first.operation.count)} times in ${formatMs(of.window.durationMs)}. Without that work the loop would be ` +
        `${formatPercent(Math.max(0, utilization - first.workPercent))} busy instead of ${formatPercent(utilization)}.`,
      priority: severity,
      implementationEffort: 'medium',
      estimatedImpact: {
        score: first.workPercent / utilization,
        metric: 'eventLoopUtilizationPercent',
        current: utilization,
        predicted: Math.max(0, utilization - first.workPercent),
        confidence: CONFIDENCE,
      },
    })
  }
  if (use.gcPercent !== null && use.gcPercent > GC_PERCENT) {
    recommendations.push({
      type: 'memory-management',
      title: `Allocate less: collections take ${formatPercent(use.gcPercent)} of the time`,
      description: `${formatPercent(use.gcPercent)} of the time goes to garbage collection pauses, beyond the ${formatPercent(GC_PERCENT)} that usual allocation costs. Look for copies of large objects per request first${first === undefined ? '' : `, in ${operationLabel(first.operation)}`}.`,
      priority: severity,
      implementationEffort: 'medium',
      estimatedImpact: null,
    })
  }
  if (use.throttledPercent !== null && use.throttledPercent > THROTTLED_PERCENT) {
    recommendations.push({
      type: 'configuration-tuning',
      title: `Raise the container’s CPU limit${use.limitCores === null ? '' : ` of ${formatCount(use.limitCores)} cores`}`,
      description: `The quota stopped the container in ${formatPercent(use.throttledPercent)} of the scheduling periods.`,
      priority: severity,
      implementationEffort: 'low',
      estimatedImpact: null,
    })
  }
  if (of.foreign) {
    recommendations.push({
      type: 'architectural-change',
      title: 'Find the other processes that use this host’s CPU, or move this one away from them',
      description: `This process accounts for ${formatPercent((use.processShare as number) * 100)} of the CPU in use; changing its code frees no more than that.`,
      priority: severity,
      implementationEffort: 'medium',
      estimatedImpact: null,
    })
  }
  if (recommendations.length === 0) {
    const busy = utilization !== null && utilization > BUSY_PERCENT
    recommendations.push({
      type: busy ? 'algorithm-optimization' : 'architectural-change',
      title: busy
        ? 'Find the work that no measured operation explains'
        : 'Give this process’s other threads less to do, or more cores',
      description: busy
        ? `The loop is ${formatPercent(utilization)} busy, and no operation’s own time accounts for it: wrap timers and jobs in \`track()\` to see which one does.`
        : `CPU is short while the event loop is ${utilization === null ? 'not measured' : `${formatPercent(utilization)} busy`}: the CPU is used off the main thread (worker threads, crypto, compression) or by other processes.`,
      priority: severity,
      implementationEffort: 'medium',
      estimatedImpact: null,
    })
  }
  return recommendations
}
