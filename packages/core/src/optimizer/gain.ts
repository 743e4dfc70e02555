// What users feel of a route, and what they would feel without a part of it: p95 scaled by the share of the time that goes away.
import type { Finding, FindingSeverity } from '../types/findings.js'
import { atOnce, longestMs } from '../types/reading.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { impactOf, severityOf, type Traffic, traffic, waitedFor, waitingBehind } from './impact.js'
import { loopState, queuedMs } from './loop.js'
import { MIN_RUNS } from './slowness.js'
import { isLongPoll, isSteady } from './steady.js'

type Impact = NonNullable<Finding['recommendations'][number]['estimatedImpact']>

/** Quantiles walk the buckets: they are read when a rule asks, which for most routes none does. */
export class Felt {
  readonly operation: OperationView
  readonly meanMs: number
  #judged: { metric: 'p95Ms' | 'timeToFirstByteP95Ms'; p50Ms: number; p95Ms: number } | null = null

  constructor(operation: OperationView) {
    this.operation = operation
    this.meanMs = operation.totalMs / operation.count
  }

  /** The figure that a gain is promised in. */
  get metric(): 'p95Ms' | 'timeToFirstByteP95Ms' {
    return this.#read().metric
  }

  get p50Ms(): number {
    return this.#read().p50Ms
  }

  get p95Ms(): number {
    return this.#read().p95Ms
  }

  #read() {
    this.#judged ??= readFelt(this.operation)
    return this.#judged
  }
}

/** What a request loses to a cause, in ms, from which on it counts even where few requests are concerned. */
export const CLEARLY_FELT_MS = 100
/** Of the requests, below which a route is a corner of the app that few visit. */
export const RARE_SHARE = 0.02

const MIN_LONGEST_MS = 8 // half a frame of a screen: nobody feels less, whatever its cause
const MAX_ROUTES = 200 // by time waited for: what comes after is not what users feel
const DOWNLOAD_SHARE = 0.5 // the first byte comes in less than half of the time: the rest is the client's connection
const BUSY_LOOP_CONFIDENCE = 0.5 // factor: the loop's queue is in all of these times
const VICTIM_SHARE = 0.5 // of p95 that waits for the loop explain: the route is slow for another's sake

const feltOf = new WeakMap<MetricsWindow, readonly Felt[]>()

/** What users wait for, long enough to matter and not on purpose; the most waited for first. Found once per window. */
export function feltRoutes(window: MetricsWindow): readonly Felt[] {
  return feltOf.get(window) ?? atOnce(surveyFelt(window))
}

export function* surveyFelt(window: MetricsWindow): Generator<void, readonly Felt[]> {
  const found: Felt[] = []
  for (const operation of traffic(window).operations) {
    yield
    // the maximum first: a field, where a quantile walks the buckets
    if (operation.count < MIN_RUNS || longestMs(operation) < MIN_LONGEST_MS) continue
    if (isSteady(window, operation) && !isLongPoll(operation)) found.push(new Felt(operation))
  }
  const known = found.sort((a, b) => waitedFor(b.operation) - waitedFor(a.operation)).slice(0, MAX_ROUTES)
  feltOf.set(window, known)
  return known
}

function readFelt({ durations, http }: OperationView) {
  const firstByte = http?.timeToFirstByte
  const p95Ms = durations.quantile(0.95) ?? 0
  const firstByteP95Ms = firstByte === undefined || firstByte.count === 0 ? null : (firstByte.quantile(0.95) ?? 0)
  return firstByteP95Ms !== null && firstByteP95Ms < DOWNLOAD_SHARE * p95Ms
    ? ({
        metric: 'timeToFirstByteP95Ms',
        p50Ms: firstByte?.quantile(0.5) ?? 0,
        p95Ms: firstByteP95Ms,
      } as const)
    : ({ metric: 'p95Ms', p50Ms: durations.quantile(0.5) ?? 0, p95Ms } as const)
}

/** Of all requests. */
export function requestShareOf(all: Traffic, operation: OperationView): number {
  return all.count === 0 ? 0 : operation.count / all.count
}

/** Score and severity of what takes `savedShare` of the time of these routes, and holds the loop for `holdMs` a run. */
export function weightOf(
  window: MetricsWindow,
  affected: readonly { felt: Felt; savedShare: number }[],
  holdMs = 0,
): { impactScore: number; severity: FindingSeverity } {
  const all = traffic(window)
  const ownCount = affected.reduce((sum, { felt }) => sum + felt.operation.count, 0)
  const ownMs = affected.reduce((sum, { felt, savedShare }) => sum + savedShare * waitedFor(felt.operation), 0)
  const heldShare = (ownCount * holdMs) / Math.max(1, window.durationMs)
  const behind = waitingBehind(all, { ownCount, heldShare, holdMs })
  const impactScore = impactOf(all, { count: ownCount + behind.count, waitedMs: ownMs + behind.waitedMs })
  const isFelt = affected.some(
    ({ felt, savedShare }) =>
      felt.p95Ms * savedShare >= CLEARLY_FELT_MS && requestShareOf(all, felt.operation) >= RARE_SHARE,
  )
  const severity = severityOf(impactScore)
  return { impactScore, severity: severity === 'low' && isFelt ? 'medium' : severity }
}

/** The route's figure without `savedShare` of its time. */
export function gainOf(
  window: MetricsWindow,
  of: { felt: Felt; savedShare: number; impactScore: number; confidence: number },
): Impact {
  const saved = Math.min(1, Math.max(0, of.savedShare))
  return promiseOf(window, { ...of, predictedMs: of.felt.p95Ms * (1 - saved) })
}

export function promiseOf(
  window: MetricsWindow,
  of: { felt: Felt; predictedMs: number; impactScore: number; confidence: number },
): Impact {
  const { felt, predictedMs, impactScore, confidence } = of
  const current = felt.p95Ms
  return {
    score: current === 0 ? 0 : Math.min(1, impactScore * Math.max(0, 1 - predictedMs / current)),
    metric: felt.metric,
    current,
    predicted: predictedMs,
    confidence: confidence * (loopState(window).busy ? BUSY_LOOP_CONFIDENCE : 1),
  }
}

/** Whether most of what is slow about it are its turns in the loop's queue. */
export function waitsForLoop(window: MetricsWindow, { operation, p95Ms }: Felt): boolean {
  const waitMs = queuedMs(window, operation)
  return waitMs > 0 && waitMs >= VICTIM_SHARE * p95Ms
}

/** Types of findings that say no more than that a route is slow, for whoever names the cause. */
const SYMPTOMS: readonly string[] = [
  'slow-operations',
  'tail-latency',
  'concurrency-issues',
  'cacheable-repeat',
  'regression',
]

/** For `Finding.explains`: another finding is about one of these routes, and names no cause of its own. */
export function isSymptomOf(routes: readonly OperationView[], other: Finding, also: readonly string[] = []): boolean {
  return isAbout(routes, other, [...SYMPTOMS, ...also])
}

/** Whether a finding of one of these types is about one of these routes. */
export function isAbout(routes: readonly OperationView[], { bottleneck }: Finding, types: readonly string[]): boolean {
  if (!types.includes(bottleneck.type)) return false
  return routes.some(
    ({ component, operation }) => component === bottleneck.component && operation === bottleneck.operation,
  )
}
