// True when a route (or what it calls) runs the same call at least five times a run, mostly one after another or against a database,
// and one call for all of them would save 30 % of its time and 8 ms of its p95. Model: what the calls of the loop cover (waits for
// their connections included) less the mean of one of them goes away; p95 is scaled by that share.
import type { Captures } from '../../types/captures.js'
import type { Evidence, Finding, OptimizerRule, RuleContext, SourceLocation } from '../../types/findings.js'
import type { Trace } from '../../types/traces.js'
import { formatMs, formatPercent, operationLabel } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { type Call, callsOf, failureShareOf, isOwnCall, MANY_CALLS, meanMsOf } from '../flow.js'
import { type Felt, feltRoutes, gainOf, isSymptomOf, weightOf } from '../gain.js'
import { isSame, levels, MIN_TRACES, medianOf, type Step, stepsOf, sumMs, tracesOf, unionMs } from '../steps.js'
import { from, nameOf, perRun, placesOf, times, wouldFall } from '../wording.js'
import { written } from '../written.js'

const MIN_SAVED_SHARE = 0.3 // of the time: less is not why the route is slow
const MIN_SAVED_MS = 8 // of p95, today; it grows with the data, so that it need not hurt yet
const MAX_FAILURE_SHARE = 0.2 // calls that are repeated because they fail are retries
const COMPANION_TOLERANCE = 0.25 // of the number of calls: what runs as often runs in the same loop
const OVERLAP = 1.5 // summed over covered time: from here on the calls are under way together
const MIN_PARALLEL_CALLS = 10 // queries at once: below it a pool takes them side by side and nothing is lost
const OWN_PLACES_SHARE = 0.6 // as many places as calls: written out one by one, no loop
const MAX_FINDINGS = 10
const CONFIDENCE = 0.8 // one call for all of them takes a little longer than one of them
const CONFIDENCE_UNTRACED = 0.6

interface Loop {
  readonly felt: Felt
  readonly call: Call
  /** Calls that run as often, the costliest first. */
  readonly companions: readonly Call[]
  readonly savedShare: number
  readonly share: number
  readonly isParallel: boolean
  /** Of the kept requests: fewest and most calls; `null` without them. */
  readonly counts: { least: number; most: number } | null
  readonly location: SourceLocation | null
}

export function nPlusOne(): OptimizerRule {
  return { name: 'n-plus-one', evaluate }
}

function* evaluate({ window, captures }: RuleContext): Generator<void, Finding[]> {
  const loops = new Map<string, Loop[]>()
  for (const felt of feltRoutes(window)) {
    yield
    const loop = loopOf(window, captures, felt)
    if (loop === null) continue
    // a loop in what several routes call is one fault
    const { caller } = loop.call
    const key = JSON.stringify([caller.component, caller.operation, loop.call.component, loop.call.operation])
    const group = loops.get(key)
    if (group === undefined) loops.set(key, [loop])
    else group.push(loop)
  }
  return yield* written(loops.values(), (group) => findingOf(window, group), MAX_FINDINGS)
}

function loopOf(window: MetricsWindow, captures: Captures, felt: Felt): Loop | null {
  const calls = callsOf(window, felt.operation)
  for (const call of calls) {
    if (!isOwnCall(call) || call.callsPerCaller < MANY_CALLS || failureShareOf(call) > MAX_FAILURE_SHARE) continue
    const traces = tracesOf(window, captures, felt.operation)
    const places = placesOf(captures, { child: call, caller: call.caller, traces })
    if (places.length >= OWN_PLACES_SHARE * call.callsPerCaller) continue
    const companions = calls.filter((other) => other !== call && runsAsOften(other, call))
    const figures = tracedFigures(traces, call, companions) ?? plainFigures(felt, call, companions)
    if (figures === null) continue
    const { isParallel, savedShare } = figures
    if (isParallel && (call.component !== 'db' || call.callsPerCaller < MIN_PARALLEL_CALLS)) continue
    if (savedShare < MIN_SAVED_SHARE || savedShare * felt.p95Ms < MIN_SAVED_MS) continue
    return { felt, call, companions: companions.filter(isOwnCall), ...figures, location: places[0] ?? null }
  }
  return null
}

function runsAsOften(other: Call, call: Call): boolean {
  if (other.caller !== call.caller || other.component === 'handler') return false
  return Math.abs(other.callsPerCaller - call.callsPerCaller) <= COMPANION_TOLERANCE * call.callsPerCaller
}

type Figures = Pick<Loop, 'savedShare' | 'share' | 'isParallel' | 'counts'>

function tracedFigures(traces: readonly Trace[], call: Call, companions: readonly Call[]): Figures | null {
  const seen: { share: number; saved: number; overlap: number; count: number }[] = []
  for (const trace of traces) {
    if (trace.durationMs <= 0) continue
    let best: readonly Step[] = []
    for (const level of levels(stepsOf(trace))) {
      const own = level.filter((step) => isSame(step, call))
      if (own.length > best.filter((step) => isSame(step, call)).length) {
        best = level.filter((step) => isSame(step, call) || companions.some((other) => isSame(step, other)))
      }
    }
    const own = best.filter((step) => isSame(step, call))
    if (own.length < 2) continue
    const covered = unionMs(best)
    const ofOne = sumMs(best) / own.length
    seen.push({
      share: covered / trace.durationMs,
      saved: Math.max(0, covered - ofOne) / trace.durationMs,
      overlap: sumMs(own) / Math.max(unionMs(own), Number.EPSILON),
      count: own.length,
    })
  }
  if (seen.length < MIN_TRACES) return null
  const counts = seen.map(({ count }) => count)
  return {
    share: Math.min(1, medianOf(seen.map(({ share }) => share))),
    savedShare: Math.min(1, medianOf(seen.map(({ saved }) => saved))),
    isParallel: medianOf(seen.map(({ overlap }) => overlap)) > OVERLAP,
    counts: { least: Math.min(...counts), most: Math.max(...counts) },
  }
}

/** By sums over all runs: only where the calls' times add up to the time that the caller was in them. */
function plainFigures({ operation }: Felt, call: Call, companions: readonly Call[]): Figures | null {
  const { caller } = call
  if (caller.selfMs === null) return null
  const inCallsMs = caller.totalMs - caller.selfMs
  const summedMs = caller.children.reduce(
    (ms, { component, totalMs }) => ms + (component === 'handler' ? 0 : totalMs),
    0,
  )
  if (summedMs > OVERLAP * inCallsMs) return null
  const meanMs = meanMsOf(operation)
  const loopMs = call.msPerRun + companions.reduce((ms, { msPerRun }) => ms + msPerRun, 0)
  const share = Math.min(1, loopMs / meanMs)
  return { share, savedShare: share * (1 - 1 / call.callsPerCaller), isParallel: false, counts: null }
}

function findingOf(window: MetricsWindow, group: readonly Loop[]): Finding {
  const [first] = group as [Loop, ...Loop[]]
  const { felt, call, location, companions } = first
  const { operation } = felt
  const { impactScore, severity } = weightOf(window, group)
  const routes = group.map(({ felt: { operation: route } }) => route)
  const count = times(call.callsPerRun)
  const predictedMs = felt.p95Ms * (1 - first.savedShare)
  const beside = companions.slice(0, 3).map(nameOf)
  const within =
    call.caller === operation ? '' : ` (${times(call.callsPerCaller)} times in each ${nameOf(call.caller)})`
  const varying =
    first.counts === null || first.counts.least === first.counts.most
      ? ''
      : ` The number follows the data: ${times(first.counts.least)} to ${times(first.counts.most)} in the requests that were kept.`
  const evidence: Evidence[] = [
    { metric: felt.metric, value: felt.p95Ms, unit: 'ms' },
    { metric: 'callsPerRun', value: call.callsPerRun, unit: 'calls', threshold: MANY_CALLS },
    { metric: `share of ${operationLabel(call)}`, value: first.share * 100, unit: '%' },
    { metric: 'mean per call', value: call.meanMs, unit: 'ms' },
    { metric: 'count', value: operation.count, unit: 'runs' },
  ]
  return {
    bottleneck: {
      type: 'n-plus-one',
      severity,
      title: `${operationLabel(operation)} runs ${nameOf(call)} ${count} times per ${perRun(operation)}`,
      description:
        `${nameOf(operation)} runs ${nameOf(call)} ${count} times per ${perRun(operation)}${within}${from(location)}: ` +
        `${formatMs(call.meanMs)} each${first.isParallel ? ', many at once' : ', one after another'}, ${formatPercent(first.share * 100)} of its time.${varying}` +
        `${beside.length === 0 ? '' : ` As often, in the same loop: ${beside.join(', ')}.`}`,
      component: operation.component,
      operation: operation.operation,
      impactScore,
      evidence,
      location,
      victims: group.slice(1).map((each) => ({
        component: each.felt.operation.component,
        operation: each.felt.operation.operation,
        metric: each.felt.metric,
        value: each.felt.p95Ms,
        unit: 'ms',
      })),
    },
    recommendations: [
      {
        type: call.component === 'db' ? 'database-optimization' : 'concurrency-improvement',
        title: `Fetch at once what ${operationLabel(operation)} asks ${nameOf(call)} ${count} times for`,
        description: `${nameOf(operation)} runs ${nameOf(call)} ${count} times per ${perRun(operation)}${from(location)}: ${remedyFor(call)}; ${wouldFall(felt, predictedMs)}.`,
        priority: severity,
        implementationEffort: call.component === 'db' ? 'low' : 'medium',
        estimatedImpact: gainOf(window, {
          felt,
          savedShare: first.savedShare,
          impactScore,
          confidence: first.counts === null ? CONFIDENCE_UNTRACED : CONFIDENCE,
        }),
      },
    ],
    explains: (other) => explains(other, first, routes),
  }
}

function explains(other: Finding, { call }: Loop, routes: readonly OperationView[]): boolean {
  const { component, operation, type } = other.bottleneck
  // one query that is called so often is no slow query, and its waits for a connection come from the same loop
  if (component === call.component && operation === call.operation) return type !== 'high-error-rate'
  return isSymptomOf(routes, other, ['sequential-awaits', 'database-slowness', 'slow-dependency', 'pool-exhaustion'])
}

function remedyFor(call: Call): string {
  if (call.component === 'db') {
    const column = /\bwhere\s+\(?\s*([\w."`]+)\s*=\s*\?/i.exec(call.operation)?.[1]
    const condition =
      column === undefined
        ? 'a join, or one query with the list of keys'
        : `one \`WHERE ${column} = ANY(?)\` (or \`IN (?)\`)`
    return `fetch them with ${condition}`
  }
  if (call.component === 'http-client') {
    return 'ask the service once for all of them where it takes a list, else ask at the same time (`Promise.all`, a few at once)'
  }
  return 'load what all of them need in one call before the loop, or let them run at the same time (`Promise.all`)'
}
