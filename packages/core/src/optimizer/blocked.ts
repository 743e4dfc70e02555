// A blocker as a finding: who waits for it, how grave that is, what the loop would be without it. Shared by the rules
// event-loop-blocked and sync-io, which differ in what they advise.
import type { BottleneckType, Evidence, Finding, FindingSeverity, SourceLocation, Victim } from '../types/findings.js'
import { formatCount, formatMs, formatPercent, operationLabel, printable } from '../types/units.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { callsPerRunOf, findOperation } from './calls.js'
import { feltRoutes } from './gain.js'
import { impactOf, severityOf, traffic, waitedFor, waitingBehind } from './impact.js'
import { loopState, queuedMs, turnsOf } from './loop.js'
import { isSameFunction } from './profiled.js'
import { reliefOfCulprit } from './relief.js'
import type { Blocker } from './stalled.js'

export type Recommendation = Finding['recommendations'][number]

/** What may only be slow because the loop is: found as a cause of its own, it is explained. */
const VICTIM_TYPES: ReadonlySet<string> = new Set([
  'slow-operations',
  'tail-latency',
  'concurrency-issues',
  'database-slowness',
  'slow-dependency',
  'network-latency',
  'pool-exhaustion',
  'threadpool-saturation',
  'regression',
])
/** Slow at the median: blocks must explain that as well, not only p95. */
const STEADY_TYPES: ReadonlySet<string> = new Set(['database-slowness', 'slow-dependency'])
/** Of the same operation: the same time under another name. */
const SAME_TIME_TYPES: ReadonlySet<string> = new Set(['cacheable-repeat', 'gc-pressure'])

const WAIT_SHARE = 0.5 // of a p95: then the loop is most of why it is long
const SAME_TURNS = 0.5 // a connection that is opened now and then is a call as well
const STAND_STILL_SHARE = 0.5 // of the longest one: what is left is the noise of two clocks
const MOST_OF_THE_LOOP = 0.5 // of the busy time: then high CPU is this blocker
const MOST_OF_PROFILE = 0.4 // of the profiled CPU
const MIN_WAITED_MS = 20 // who is served within it waits for nothing that is worth naming
const SHOWN_VICTIMS = 10
const SHOWN_OPERATIONS = 3
const CONFIDENT = 0.8 // captured blocks
const ESTIMATED = 0.6 // from a profile and counts

const waitingOf = new WeakMap<MetricsWindow, readonly Victim[]>()

export function isBlockedTime({ window, blocker }: { window: MetricsWindow; blocker: Blocker }): number {
  return Math.min(1, blocker.blockedMs / Math.max(1, window.durationMs))
}

/** Share of what users feel: its own runs, and of the others those that arrive while the loop is held, half a block each. */
export function impactOfBlocker(window: MetricsWindow, blocker: Blocker): number {
  const all = traffic(window)
  const own = [blocker, ...blocker.alsoIn].flatMap((each) => operationOf(window, each) ?? [])
  const routes = [...new Set(own)].filter((each) => all.operations.includes(each))
  const ownCount = routes.reduce((sum, each) => sum + each.count, 0)
  const ownMs = routes.reduce((sum, each) => sum + waitedFor(each), 0)
  const heldShare = isBlockedTime({ window, blocker })
  const behind = waitingBehind(all, { ownCount, heldShare, holdMs: blocker.blockMs })
  return impactOf(all, {
    count: ownCount + behind.count,
    waitedMs: Math.min(ownMs, blocker.blockedMs) + behind.waitedMs,
  })
}

export function findingOf(
  window: MetricsWindow,
  of: {
    type: BottleneckType
    blocker: Blocker
    what: string
    waiting: readonly Victim[]
    advice: (severity: FindingSeverity) => Recommendation[]
  },
): Finding {
  const { type, blocker, what, waiting, advice } = of
  const impactScore = impactOfBlocker(window, blocker)
  const severity = severityOf(impactScore)
  const victims = waiting.filter((victim) => !isOf(blocker, victim)).slice(0, SHOWN_VICTIMS)
  const who = operationOf(window, blocker)
  const during =
    blocker.operation === null ? 'outside of requests (a timer, a job or an event)' : `in ${labelOf(blocker)}`
  const perMinuteMs = (blocker.blockedMs / Math.max(1, window.durationMs)) * 60_000
  return {
    bottleneck: {
      type,
      severity,
      title: `${what} holds the event loop for ${formatMs(blocker.blockMs)} at a time ${during}`,
      description: describe({ window, blocker, what, during, perMinuteMs, victims, who }),
      component: blocker.component,
      operation: blocker.operation,
      impactScore,
      evidence: evidenceOf(window, { blocker, perMinuteMs, who }),
      location: blocker.location,
      victims,
    },
    recommendations: advice(severity),
    explains: (other) => isExplained({ window, blocker, other }),
  }
}

/** `buildReport` at src/report.js:42. */
export function placeText(location: SourceLocation | null): string {
  if (location === null) return 'one native call whose place is not known yet'
  const at = `${printable(location.file)}:${location.line}`
  return location.function === null ? at : `\`${printable(location.function)}\` (${at})`
}

export function labelOf({ component, operation }: { component: string | null; operation: string | null }): string {
  if (component === null || operation === null) return 'work outside of requests'
  return operationLabel({ component, operation })
}

/** The culprit's p95, or without an operation how busy the loop is. */
export function predictedImpact(
  window: MetricsWindow,
  of: { blocker: Blocker; remains: boolean },
): Recommendation['estimatedImpact'] {
  const { blocker, remains } = of
  const confidence = blocker.stallCount > 0 && blocker.location !== null ? CONFIDENT : ESTIMATED
  const own = operationOf(window, blocker)
  if (own === null || own.count === 0) {
    const current = loopState(window).utilizationPercent
    if (current === null) return null
    const predicted = Math.max(0, current - isBlockedTime({ window, blocker }) * 100)
    return {
      score: impactOfBlocker(window, blocker),
      metric: 'eventLoopUtilizationPercent',
      current,
      predicted,
      confidence,
    }
  }
  const current = own.durations.quantile(0.95) ?? 0
  const predicted = reliefOfCulprit(window, own, { blockMs: blocker.blockMs, remains })
  return { score: impactOfBlocker(window, blocker), metric: 'p95Ms', current, predicted, confidence }
}

function operationOf(
  window: MetricsWindow,
  { component, operation }: Pick<Blocker, 'component' | 'operation'>,
): OperationView | null {
  return component === null || operation === null ? null : findOperation(window, { component, operation })
}

function evidenceOf(
  window: MetricsWindow,
  of: { blocker: Blocker; perMinuteMs: number; who: OperationView | null },
): Evidence[] {
  const { blocker, perMinuteMs, who } = of
  const evidence: Evidence[] = [{ metric: 'blockedMsPerMinute', value: perMinuteMs, unit: 'ms per minute' }]
  if (blocker.stallCount > 0) evidence.push({ metric: 'blocks', value: blocker.stallCount, unit: '' })
  evidence.push({ metric: 'blockMs', value: blocker.blockMs, unit: 'ms' })
  evidence.push({ metric: 'longestBlockMs', value: blocker.longestMs, unit: 'ms' })
  const p95Ms = who?.durations.quantile(0.95) ?? null
  if (p95Ms !== null) evidence.push({ metric: 'p95Ms', value: p95Ms, unit: 'ms' })
  const { utilizationPercent } = loopState(window)
  if (utilizationPercent !== null)
    evidence.push({ metric: 'eventLoopUtilizationPercent', value: utilizationPercent, unit: '%' })
  if (blocker.profileShare !== null)
    evidence.push({ metric: 'shareOfCpuProfile', value: blocker.profileShare * 100, unit: '%' })
  if (blocker.maxRequestsInFlight > 0)
    evidence.push({ metric: 'requestsInFlight', value: blocker.maxRequestsInFlight, unit: 'requests at most' })
  return evidence
}

function describe(of: {
  window: MetricsWindow
  blocker: Blocker
  what: string
  during: string
  perMinuteMs: number
  victims: readonly Victim[]
  who: OperationView | null
}): string {
  const { blocker, who, victims } = of
  const seen =
    blocker.stallCount > 0
      ? `${formatCount(blocker.stallCount)} blocks of ${formatMs(blocker.blockMs)} on average, ${formatMs(blocker.longestMs)} at most, were captured`
      : `A CPU profile shows that each run takes about ${formatMs(blocker.blockMs)} at one go`
  const sentences = [
    `${of.what} runs ${of.during} and holds the event loop: ${seen}. In ${formatMs(of.perMinuteMs)} of every minute nothing else runs.`,
  ]
  if (who !== null)
    sentences.push(
      `${operationLabel(who)} ran ${formatCount(who.count)} times, p95 ${formatMs(who.durations.quantile(0.95) ?? 0)}.`,
    )
  if (blocker.maxRequestsInFlight > 1)
    sentences.push(`Up to ${formatCount(blocker.maxRequestsInFlight)} requests were in flight at the end of a block.`)
  if (victims.length > 0) {
    const named = victims.slice(0, 3).map((victim) => `${operationLabel(victim)} (p95 ${formatMs(victim.value)})`)
    const more = victims.length > 3 ? ` and ${victims.length - 3} more` : ''
    sentences.push(`They wait because of it: ${named.join(', ')}${more}.`)
  }
  if (blocker.profileShare !== null)
    sentences.push(`The place takes ${formatPercent(blocker.profileShare * 100)} of the CPU that was profiled.`)
  const [caller] = blocker.stack.filter(
    ({ file, line }) =>
      !file.includes('node_modules/') && (file !== blocker.location?.file || line !== blocker.location.line),
  )
  if (caller !== undefined) sentences.push(`It is called from ${placeText(caller)}.`)
  if (blocker.alsoIn.length > 0)
    sentences.push(`The same place blocks in ${blocker.alsoIn.slice(0, SHOWN_OPERATIONS).map(labelOf).join(', ')}.`)
  if (blocker.others.length > 0) sentences.push(`Also seen: ${blocker.others.map(placeText).join(', ')}.`)
  return sentences.join(' ')
}

/** Whoever waits for the loop for most of its p95, the worst first; found once per window. */
export function* surveyWaiting(window: MetricsWindow): Generator<void, readonly Victim[]> {
  const known = waitingOf.get(window)
  if (known !== undefined) return known
  const victims: Victim[] = []
  for (const { component, operation, durations } of traffic(window).operations) {
    yield
    const p95Ms = durations.quantile(0.95)
    const view = findOperation(window, { component, operation })
    if (p95Ms === null || view === null || !waitsForLoop(window, view, p95Ms)) continue
    victims.push({ component, operation, metric: 'p95Ms', value: p95Ms, unit: 'ms' })
  }
  victims.sort((a, b) => b.value - a.value)
  waitingOf.set(window, victims)
  return victims
}

function isOf(blocker: Blocker, of: { component: string | null; operation: string | null }): boolean {
  return [blocker, ...blocker.alsoIn].some((each) => each.component === of.component && each.operation === of.operation)
}

function waitsForLoop(window: MetricsWindow, operation: OperationView, p95Ms: number): boolean {
  return p95Ms >= MIN_WAITED_MS && queuedMs(window, operation) >= WAIT_SHARE * p95Ms
}

function isExplained(of: { window: MetricsWindow; blocker: Blocker; other: Finding }): boolean {
  const { window, blocker } = of
  const { type, component, operation } = of.other.bottleneck
  const isSame = isOf(blocker, { component, operation })
  if (type === 'high-cpu-usage') {
    const utilization = (loopState(window).utilizationPercent ?? 0) / 100
    return isSame || isBlockedTime({ window, blocker }) >= MOST_OF_THE_LOOP * utilization
  }
  const { location } = of.other.bottleneck
  const isHere = location !== null && blocker.location !== null && isSameFunction(location, blocker.location)
  // who allocates is not known, but what most of the CPU went into is
  if (type === 'gc-pressure' && location === null && (blocker.profileShare ?? 0) >= MOST_OF_PROFILE) return true
  if ((isSame || isHere) && SAME_TIME_TYPES.has(type)) return true
  if (!VICTIM_TYPES.has(type)) return false
  if (component === null || operation === null) {
    return isSame || type === 'threadpool-saturation' || isItsStandStill({ window, blocker, type })
  }
  // what waits for a query at the median waits for it, whatever else its route does, or is seen to do on a crowded machine
  if (isSame && !STEADY_TYPES.has(type)) return true
  const view = findOperation(window, { component, operation })
  const p95Ms = view?.durations.quantile(0.95) ?? null
  if (view === null || p95Ms === null || !waitsForLoop(window, view, p95Ms)) return false
  if (!STEADY_TYPES.has(type)) return true
  // who comes while the loop is held waits for half a block
  const meanWaitMs = turnsOf(callsPerRunOf(window, view)) * isBlockedTime({ window, blocker }) * (blocker.blockMs / 2)
  const neededMs = WAIT_SHARE * (view.durations.quantile(0.5) ?? 0)
  return meanWaitMs >= neededMs && !isAnyoneQuicker({ window, view, thanMs: neededMs })
}

/** What is slow for everybody, and nobody's: the loop stood still no longer than this block lasts. */
function isItsStandStill(of: { window: MetricsWindow; blocker: Blocker; type: string }): boolean {
  return of.type === 'slow-operations' && of.blocker.longestMs >= STAND_STILL_SHARE * loopState(of.window).longestMs
}

/** Who comes back to the loop as often and is quicker at the median does not wait so long for it: nor does this one. */
function isAnyoneQuicker(of: { window: MetricsWindow; view: OperationView; thanMs: number }): boolean {
  const { window, view, thanMs } = of
  const turns = turnsOf(callsPerRunOf(window, view)) - SAME_TURNS
  return feltRoutes(window).some(
    (other) => turnsOf(callsPerRunOf(window, other.operation)) >= turns && other.p50Ms < thanMs,
  )
}
