// Routes of which one call takes most of the time, gathered by that call: one slow query, or one slow service.
import type { Captures } from '../types/captures.js'
import type { Evidence, Finding, SourceLocation } from '../types/findings.js'
import { longestMs } from '../types/reading.js'
import { formatMs, formatPercent, operationLabel } from '../types/units.js'
import type { MetricsWindow } from '../types/window.js'
import { cpuShortage } from './cpu.js'
import { type Call, callsOf, failureShareOf, isOwnCall, isPoolWait, MANY_CALLS, meanMsOf } from './flow.js'
import { type Felt, feltRoutes, isSymptomOf, RARE_SHARE, requestShareOf, weightOf } from './gain.js'
import { traffic } from './impact.js'
import { loopState } from './loop.js'
import { tracesOf } from './steps.js'
import { from, nameOf, perRun, placesOf, times } from './wording.js'

/** The evidence by which others see how long the call takes. */
export const P50_PER_CALL = 'p50 per call'

/** More than everything else together, and then some. */
export const DOMINANT_SHARE = 0.6

const MIN_CALLS_PER_RUN = 0.5 // rarer ones are the misses of a cache, or a branch: the route is bimodal by design
const WORK_SHARE = 0.6 // of the call's mean: a loop that stands still as long is held by the call itself
const STARVED_FACTOR = 2
const SHOWN = 5

export interface Dominated {
  readonly felt: Felt
  readonly call: Call
  /** Of the route's time but for its waits for connections. */
  readonly share: number
  readonly location: SourceLocation | null
}

export interface DominantCall {
  readonly call: Call
  /** The most waited for first. */
  readonly routes: readonly Dominated[]
}

export interface Dominance {
  window: MetricsWindow
  captures: Captures
  /** Which calls are looked at. */
  accepts: (call: Call) => boolean
  /** p95 of one call from which on it is slow for what it is. */
  minP95Ms: number
  /** Median from which on it is slow as a rule: what is slow now and then waits for something else. */
  minP50Ms: number
  /** `alertThresholds.cpuUsagePercent`. */
  cpuThresholdPercent: number
}

export function* dominantCalls({
  window,
  captures,
  accepts,
  minP95Ms,
  ...of
}: Dominance): Generator<void, DominantCall[]> {
  // on a host whose CPU others use, services and databases beside it are slower than they are
  const isStarved = cpuShortage(window, of.cpuThresholdPercent)?.of === 'host'
  const minP50Ms = of.minP50Ms * (isStarved ? STARVED_FACTOR : 1)
  const groups = new Map<string, Dominated[]>()
  const all = traffic(window)
  // all that takes its turns in a queue is slow: who fills it is the cause
  if (loopState(window).busy) return []
  for (const felt of feltRoutes(window)) {
    yield
    if (longestMs(felt.operation) < minP95Ms || requestShareOf(all, felt.operation) < RARE_SHARE) continue
    const dominated = dominatedBy(window, captures, felt, accepts)
    if (dominated === null || felt.p95Ms < minP95Ms) continue
    const { call } = dominated
    const callP95Ms = call.view?.durations.quantile(0.95) ?? call.meanMs
    const callP50Ms = call.view?.durations.quantile(0.5) ?? call.meanMs
    if (callP95Ms < minP95Ms || callP50Ms < minP50Ms || holdsTheLoop(window, call)) continue
    const key = JSON.stringify([call.component, call.operation])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [dominated])
    else group.push(dominated)
  }
  return [...groups.values()].map((routes) => ({ call: (routes[0] as Dominated).call, routes }))
}

function dominatedBy(
  window: MetricsWindow,
  captures: Captures,
  felt: Felt,
  accepts: (call: Call) => boolean,
): Dominated | null {
  const calls = callsOf(window, felt.operation)
  const waitedMs = calls.reduce((ms, call) => ms + (isPoolWait(call) ? call.msPerRun : 0), 0)
  const meanMs = meanMsOf(felt.operation)
  // who waits for a connection may wait because the query is slow: its share is that of the rest
  const restMs = Math.max(meanMs - waitedMs, 0)
  const call = calls.find((each) => isOwnCall(each) && each.isLeaf && accepts(each))
  if (call === undefined || restMs <= 0) return null
  if (call.callsPerRun < MIN_CALLS_PER_RUN || call.callsPerCaller >= MANY_CALLS) return null
  const share = Math.min(1, call.msPerRun / restMs)
  if (share < DOMINANT_SHARE) return null
  const places = placesOf(captures, {
    child: call,
    caller: call.caller,
    traces: tracesOf(window, captures, felt.operation),
  })
  return { felt, call, share, location: places[0] ?? null }
}

/** A call that computes shows as a loop that stands still for as long. */
function holdsTheLoop(window: MetricsWindow, { component, meanMs, view }: Call): boolean {
  if (component === 'db' || component === 'http-client' || view === null || window.durationMs === 0) return false
  const { utilizationPercent, longestMs } = loopState(window)
  const workPercent = ((view.count * meanMs) / window.durationMs) * 100
  return utilizationPercent !== null && longestMs >= WORK_SHARE * meanMs && workPercent <= utilizationPercent * 1.2
}

/** What goes away of the route when the call takes `remainingMs` instead. */
export function savedShareOf({ felt, call, share }: Dominated, remainingMs: number): number {
  const meanMs = meanMsOf(felt.operation)
  const ofAll = Math.min(share, call.msPerRun / Math.max(meanMs, Number.EPSILON))
  return ofAll * Math.max(0, 1 - remainingMs / Math.max(call.meanMs, Number.EPSILON))
}

export interface Told {
  type: 'database-slowness' | 'slow-dependency'
  /** What takes the time, e.g. `The query` or `The service`. */
  subject: string
  /** Beside the figures that both kinds have. */
  note: string
  savedShare: (of: Dominated) => number
}

export function dominanceFinding(
  window: MetricsWindow,
  { call, routes }: DominantCall,
  told: Told,
): Finding['bottleneck'] {
  const [first] = routes as [Dominated, ...Dominated[]]
  const { felt, location } = first
  const { operation } = felt
  const isShared = routes.length > 1
  const { impactScore, severity } = weightOf(
    window,
    routes.map((each) => ({ felt: each.felt, savedShare: told.savedShare(each) })),
  )
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((q) => call.view?.durations.quantile(q) ?? call.meanMs) as [
    number,
    number,
    number,
  ]
  const failed = failureShareOf(call)
  const others = routes
    .slice(1, SHOWN)
    .map((each) => `${nameOf(each.felt.operation)} (p95 ${formatMs(each.felt.p95Ms)})`)
  const evidence: Evidence[] = [
    { metric: felt.metric, value: felt.p95Ms, unit: 'ms' },
    { metric: `share of ${operationLabel(call)}`, value: first.share * 100, unit: '%' },
    { metric: P50_PER_CALL, value: p50Ms, unit: 'ms' },
    { metric: 'p95 per call', value: p95Ms, unit: 'ms' },
    { metric: 'p99 per call', value: p99Ms, unit: 'ms' },
    { metric: 'callsPerRun', value: call.callsPerRun, unit: 'calls' },
    { metric: 'count', value: operation.count, unit: 'runs' },
  ]
  return {
    type: told.type,
    severity,
    title: `${nameOf(call)} is ${formatPercent(first.share * 100)} of the time of ${operationLabel(operation)}${isShared ? `, and of ${routes.length - 1} more` : ''}`,
    description:
      `${told.subject} ${nameOf(call)} takes ${formatMs(p50Ms)} at the median, ${formatMs(p95Ms)} at p95 and ${formatMs(p99Ms)} at p99${from(location)}: ` +
      `${formatPercent(first.share * 100)} of the time of ${nameOf(operation)} (p95 ${formatMs(felt.p95Ms)}, ${times(call.callsPerRun)} calls per ${perRun(operation)}).` +
      `${failed > 0.01 ? ` ${formatPercent(failed * 100)} of the calls fail.` : ''}` +
      `${others.length === 0 ? '' : ` It slows ${others.join(', ')} as well.`} ${told.note}`.trimEnd(),
    component: operation.component,
    operation: operation.operation,
    impactScore,
    evidence,
    location,
    victims: routes.slice(1).map((each) => ({
      component: each.felt.operation.component,
      operation: each.felt.operation.operation,
      metric: each.felt.metric,
      value: each.felt.p95Ms,
      unit: 'ms',
    })),
  }
}

/** Routes that are slow because of the call, whatever else says so. */
export function explainsRoutes({ routes, call }: DominantCall, other: Finding): boolean {
  const { component, operation, type } = other.bottleneck
  if (component === call.component && operation === call.operation) return type === 'slow-operations'
  return isSymptomOf(
    routes.map(({ felt }) => felt.operation),
    other,
  )
}
