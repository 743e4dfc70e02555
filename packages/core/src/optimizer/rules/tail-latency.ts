// True when p99 is five times p50 and 100 ms above it, at least one request in fifty is so slow, the event loop and the host's CPU do
// not explain it, and kept requests show that slow ones wait where the others do not: in a call that all of them make, or in no call.
// A branch that only slow ones take (the miss of a cache) is design. Model: p99 becomes that of the requests which do not wait.
import type { Captures } from '../../types/captures.js'
import type { Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import { longestMs, measured, settledFrom } from '../../types/reading.js'
import type { OperationName, Trace } from '../../types/traces.js'
import { formatCount, formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { cpuShortage } from '../cpu.js'
import { callsOf } from '../flow.js'
import { CLEARLY_FELT_MS, type Felt, feltRoutes, isAbout } from '../gain.js'
import { impactOf, severityOf, traffic } from '../impact.js'
import { loopState } from '../loop.js'
import { isSame, medianOf, stepsOf, sumMs, tracesOf, unionMs } from '../steps.js'
import { definitionOf, from, nameOf, placesOf } from '../wording.js'

const MIN_RUNS = 100 // of fewer runs p99 is one unlucky request
const TAIL_FACTOR = 5
const STARVED_TAIL_FACTOR = 20 // where others have the CPU: they stretch work (a hash in libuv's pool) to ten times its length
const MIN_TAIL_MS = 100 // p99 above p50: what a person notices
const SLOW_FACTOR = 3 // times p50: one of the slow ones
const MIN_SLOW_SHARE = 0.02 // fewer are an accident of the machine
const MAX_SLOW_SHARE = 0.25 // more are no tail: the route is slow
const EVERYONES_SHARE = 0.5 // of this route's waits, and of how often they come
const TAIL_SHARE = 0.01 // what lies above p99
const MIN_TRACES_EACH = 2 // slow ones and others: to have something to compare
const EXCESS_SHARE = 0.5 // of what the slow ones take longer lies in one place
const PRESENT_SHARE = 0.5 // of the other requests make the call as well
const MIN_SPREAD = 0.3 // of the slow ones' times (quartiles): waits for a turn are of any length, a slow branch of one
const LOOP_SHARE = 0.5 // of the tail: the loop stood still for as long
const MET_SHARE = 0.5 // of the slow ones came while it did: a lone stand-still explains no tail of many
const MAX_FINDINGS = 5
const CONFIDENCE = 0.5

interface Tail {
  readonly felt: Felt
  readonly p99Ms: number
  readonly slowCount: number
  readonly slowShare: number
  readonly slowMs: number
  /** `null`: in no call. */
  readonly where: OperationName | null
  readonly excessMs: number
  readonly location: SourceLocation | null
}

export function tailLatency(): OptimizerRule {
  return { name: 'tail-latency', evaluate }
}

function* evaluate({ window, captures, thresholds }: RuleContext): Generator<void, Finding[]> {
  const shortage = cpuShortage(window, thresholds.cpuUsagePercent)
  if (shortage?.of === 'event-loop') return []
  const findings: Finding[] = []
  for (const felt of feltRoutes(window)) {
    yield
    const tail = tailOf(window, captures, felt)
    // what other processes take from the host, services and databases on it lack as well
    const isStretched = tail !== null && (tail.where !== null || tail.p99Ms < STARVED_TAIL_FACTOR * felt.p50Ms)
    if (tail === null || (shortage !== null && (isStretched || isEveryones(window, tail)))) continue
    findings.push(findingOf(window, tail))
  }
  return findings.sort((a, b) => b.bottleneck.impactScore - a.bottleneck.impactScore).slice(0, MAX_FINDINGS)
}

function tailOf(window: MetricsWindow, captures: Captures, felt: Felt): Tail | null {
  const { operation } = felt
  if (operation.count < MIN_RUNS || longestMs(operation) < MIN_TAIL_MS || felt.metric !== 'p95Ms') return null
  const { durations } = operation
  const p99Ms = durations.quantile(0.99) ?? 0
  const { p50Ms } = felt
  if (p99Ms < TAIL_FACTOR * p50Ms || p99Ms - p50Ms < MIN_TAIL_MS) return null
  const limitMs = SLOW_FACTOR * p50Ms
  const slowCount = operation.count - (durations.countsAtOrBelow([limitMs])[0] ?? 0)
  const slowShare = slowCount / operation.count
  if (slowShare < MIN_SLOW_SHARE || slowShare > MAX_SLOW_SHARE) return null
  if (standstillShare(window, LOOP_SHARE * (p99Ms - p50Ms)) >= MET_SHARE * slowShare) return null
  const traces = tracesOf(window, captures, operation)
  const slow = traces.filter(({ durationMs }) => durationMs >= limitMs)
  const others = traces.filter(({ durationMs }) => durationMs < limitMs)
  if (slow.length < MIN_TRACES_EACH || others.length < MIN_TRACES_EACH) return null
  const excess = excessOf(slow, others)
  if (excess === null) return null
  if (excess.where === null && spreadOf(operation, slowShare) < MIN_SPREAD) return null
  return {
    felt,
    p99Ms,
    slowCount,
    slowShare,
    slowMs: durations.quantile(1 - slowShare / 2) ?? p99Ms,
    ...excess,
    location: placeOf(window, captures, { felt, where: excess.where, traces }),
  }
}

/** All other routes wait as often: for a turn of the CPU, which knows no routes. */
function isEveryones(window: MetricsWindow, { felt, p99Ms, slowShare }: Tail): boolean {
  const slowMs = (p99Ms - felt.p50Ms) * EVERYONES_SHARE
  const others = traffic(window).operations.filter((each) => each !== felt.operation && each.count >= MIN_RUNS)
  return others.length > 0 && others.every((each) => waitsAsOften(each, slowMs, slowShare))
}

function waitsAsOften({ count, durations }: OperationView, slowMs: number, slowShare: number): boolean {
  const p50Ms = durations.quantile(0.5) ?? 0
  const slow = count - (durations.countsAtOrBelow([p50Ms + slowMs])[0] ?? 0)
  return slow / count >= EVERYONES_SHARE * Math.min(slowShare, TAIL_SHARE)
}

/** Of the time, that the loop stood still for `leastMs` or longer at one go: so many of the requests met it. */
function standstillShare(window: MetricsWindow, leastMs: number): number {
  const maxima = measured(window.runtime('eventLoopDelay.maxMs'), settledFrom(window))
  if (maxima.length === 0) return 0
  const intervalMs = window.durationMs / window.timestamps.length
  const stoodMs = maxima.reduce((sum, ms) => sum + (ms >= leastMs ? Math.min(ms, intervalMs) : 0), 0)
  return stoodMs / (maxima.length * intervalMs)
}

/** Where the slow ones take longer than the others: a call that both make, or no call. */
function excessOf(
  slow: readonly Trace[],
  others: readonly Trace[],
): { where: OperationName | null; excessMs: number } | null {
  const longerMs =
    medianOf(slow.map(({ durationMs }) => durationMs)) - medianOf(others.map(({ durationMs }) => durationMs))
  if (longerMs <= 0) return null
  const names = new Map<string, OperationName>()
  for (const trace of slow) {
    for (const { component, operation } of stepsOf(trace))
      names.set(`${component} ${operation}`, { component, operation })
  }
  for (const name of names.values()) {
    const excessMs =
      medianOf(slow.map((trace) => timeIn(trace, name))) - medianOf(others.map((trace) => timeIn(trace, name)))
    if (excessMs < EXCESS_SHARE * longerMs) continue
    const present = others.filter((trace) => stepsOf(trace).some((step) => isSame(step, name))).length
    return present >= PRESENT_SHARE * others.length ? { where: name, excessMs } : null
  }
  const ownMs = (trace: Trace) => trace.durationMs - unionMs(stepsOf(trace))
  const excessMs = medianOf(slow.map(ownMs)) - medianOf(others.map(ownMs))
  return excessMs >= EXCESS_SHARE * longerMs ? { where: null, excessMs } : null
}

function timeIn(trace: Trace, name: OperationName): number {
  return sumMs(stepsOf(trace).filter((step) => isSame(step, name)))
}

function spreadOf({ durations }: OperationView, slowShare: number): number {
  const [q1, q2, q3] = [0.75, 0.5, 0.25].map((share) => durations.quantile(1 - slowShare * share) ?? 0) as [
    number,
    number,
    number,
  ]
  return q2 === 0 ? 0 : (q3 - q1) / q2
}

function placeOf(
  window: MetricsWindow,
  captures: Captures,
  { felt, where, traces }: { felt: Felt; where: OperationName | null; traces: readonly Trace[] },
): SourceLocation | null {
  const call = where === null ? undefined : callsOf(window, felt.operation).find((each) => isSame(each, where))
  if (call !== undefined) return placesOf(captures, { child: call, caller: call.caller, traces })[0] ?? null
  return definitionOf(captures, felt.operation)
}

function findingOf(window: MetricsWindow, tail: Tail): Finding {
  const { felt, p99Ms, slowCount, slowShare, slowMs, where, excessMs, location } = tail
  const { operation, p50Ms } = felt
  const all = traffic(window)
  const impactScore = impactOf(all, { count: slowCount, waitedMs: slowCount * Math.max(0, slowMs - p50Ms) })
  const byImpact = severityOf(impactScore)
  const severity =
    byImpact === 'low' && slowMs >= CLEARLY_FELT_MS && slowCount / all.count >= 0.01 ? 'medium' : byImpact
  const predictedMs = operation.durations.quantile(0.99 * (1 - slowShare)) ?? p50Ms
  const waits =
    where === null ? 'in no call that is measured (a lock, a queue, a limiter, a timer)' : `in ${nameOf(where)}`
  const utilization = loopState(window).utilizationPercent
  const idle = utilization === null ? '' : `, while the event loop was ${formatPercent(utilization)} busy`
  return {
    bottleneck: {
      type: 'tail-latency',
      severity,
      title:
        `${operationLabel(operation)} is quick, but ${formatPercent(slowShare * 100)} of its requests wait ${where === null ? '' : `for ${operationLabel(where)} `}`.trimEnd(),
      description:
        `p50 of ${nameOf(operation)} is ${formatMs(p50Ms)}, p99 ${formatMs(p99Ms)}: ${formatCount(slowCount)} of ${formatCount(operation.count)} took more than ${SLOW_FACTOR} times the median. ` +
        `The kept ones spend ${formatMs(excessMs)} more than the others ${waits}${idle}${from(location)}: they wait for their turn, they do not work longer.`,
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence: [
        { metric: 'p99Ms', value: p99Ms, unit: 'ms' },
        { metric: 'p50Ms', value: p50Ms, unit: 'ms' },
        { metric: 'slowShare', value: slowShare * 100, unit: '%' },
        {
          metric: where === null ? 'excess of own time' : `excess of ${operationLabel(where)}`,
          value: excessMs,
          unit: 'ms',
        },
        { metric: 'count', value: operation.count, unit: 'runs' },
      ],
      location,
    },
    recommendations: [
      {
        type: 'concurrency-improvement',
        title:
          where === null
            ? `Find what ${operationLabel(operation)} waits for`
            : `Shorten the queue for ${operationLabel(where)}`,
        description:
          (where === null
            ? `Look for a lock, a queue or a limiter on its way${from(location)}, and for what holds it meanwhile (a refresh, a batch): hold it for less time, one per key instead of one for all, or serve the old value while the new one is made. Wrapped in \`track()\`, the wait has a name here.`
            : `Slow ones wait ${formatMs(excessMs)} longer in ${nameOf(where)}${from(location)}: what else uses it at those times, and could it be spread, split or limited?`) +
          ` p99 would fall from ${formatMs(p99Ms)} to about ${formatMs(predictedMs)}.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: {
          score: impactScore * Math.max(0, 1 - predictedMs / p99Ms),
          metric: 'p99Ms',
          current: p99Ms,
          predicted: predictedMs,
          confidence: CONFIDENCE,
        },
      },
    ],
    explains: (other) => isAbout([operation], other, ['slow-operations', 'cacheable-repeat']),
  }
}
