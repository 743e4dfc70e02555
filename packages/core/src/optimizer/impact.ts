// impactScore is the share of what users feel: sqrt(share of requests affected × share of all waiting). The geometric mean,
// so that a rare request that takes for ever, and a frequent one that costs nobody time, both stay low.

import type { FindingSeverity } from '../types/findings.js'
import { atOnce, withoutInner } from '../types/reading.js'
import type { MetricsWindow, OperationView } from '../types/window.js'

// a tenth of the requests and of the waiting is what a user meets in one visit; six tenths is an outage with a pulse
const CRITICAL_IMPACT = 0.6
const HIGH_IMPACT = 0.3
const MEDIUM_IMPACT = 0.1

/** What users asked for in the window and how long they waited. */
export interface Traffic {
  readonly operations: readonly OperationView[]
  readonly count: number
  readonly waitedMs: number
}

const trafficOf = new WeakMap<MetricsWindow, Traffic>()

/** The routes; in a program without any, the operations that no other one called. */
export function traffic(window: MetricsWindow): Traffic {
  return trafficOf.get(window) ?? atOnce(surveyTraffic(window))
}

export function* surveyTraffic(window: MetricsWindow): Generator<void, Traffic> {
  const routes: OperationView[] = []
  const others: OperationView[] = []
  for (const operation of window.operations) {
    yield
    if (operation.count === 0) continue
    if (operation.component === 'http') routes.push(operation)
    else if (operation.component !== 'connect') others.push(operation)
  }
  const operations = routes.length > 0 ? routes : yield* withoutInner(window, others)
  let count = 0
  let waitedMs = 0
  for (const operation of operations) {
    yield
    count += operation.count
    waitedMs += waitedFor(operation)
  }
  const known = { operations, count, waitedMs }
  trafficOf.set(window, known)
  return known
}

/** A download is waited for until it begins: to the first byte where that is known. */
export function waitedFor(operation: OperationView): number {
  const firstByte = operation.http?.timeToFirstByte
  return firstByte !== undefined && firstByte.count > 0 ? firstByte.sum : operation.totalMs
}

export function impactOf(all: Traffic, affected: { count: number; waitedMs: number }): number {
  if (all.count === 0) return 0
  const ofRequests = Math.min(1, affected.count / all.count)
  const ofWaiting = all.waitedMs > 0 ? Math.min(1, affected.waitedMs / all.waitedMs) : 0
  return Math.sqrt(ofRequests * ofWaiting)
}

/** While something holds the event loop: of the other requests those that arrive meanwhile, half a hold each. */
export function waitingBehind(
  all: Traffic,
  of: { ownCount: number; heldShare: number; holdMs: number },
): { count: number; waitedMs: number } {
  const count = (all.count - of.ownCount) * Math.min(1, of.heldShare)
  return { count, waitedMs: count * (of.holdMs / 2) }
}

/**
 * For what nobody feels until it is full, and then everybody does: the risk grows from the threshold to the limit, and with a
 * date in sight.
 */
export function riskOf(of: { percent: number; thresholdPercent: number; untilFullMs: number | null }): number {
  const room = Math.max(1, 100 - of.thresholdPercent)
  const nearness = Math.min(1, Math.max(0, (of.percent - of.thresholdPercent) / room))
  const byLevel = 0.1 + 0.5 * nearness
  if (of.untilFullMs === null) return byLevel
  if (of.untilFullMs <= 3_600_000) return Math.max(CRITICAL_IMPACT, byLevel)
  return of.untilFullMs <= 86_400_000 ? Math.max(HIGH_IMPACT, byLevel) : byLevel
}

export function severityOf(impactScore: number): FindingSeverity {
  if (impactScore >= CRITICAL_IMPACT) return 'critical'
  if (impactScore >= HIGH_IMPACT) return 'high'
  return impactScore >= MEDIUM_IMPACT ? 'medium' : 'low'
}
