// What becomes of an operation's p95 once the loop is free: its time without its own blocks and without waiting for those of others.
import { quantileOf } from '../types/reading.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { findOperation, isWait } from './calls.js'
import { traffic } from './impact.js'

const QUICK = 0.1 // the tenth of the runs that waited least
const NO_QUICKER_MS = 1 // what a route that does nothing takes, framework and socket included
const MAX_OTHERS = 50 // each costs a walk through its buckets, and the quickest of fifty is quick enough
const USUAL_SPREAD = 2 // p95 of a calm route over its usual time: 1.5 to 2.5 in apps that were measured

export interface Relief {
  /** What each run takes on the loop at one go. */
  readonly blockMs: number
  /** Whether the work is done elsewhere and still waited for (hashing in the thread pool), not saved. */
  readonly remains: boolean
}

/** p95 of the operation that blocks, once it does not. */
export function reliefOfCulprit(window: MetricsWindow, operation: OperationView, { blockMs, remains }: Relief): number {
  const p95Ms = operation.durations.quantile(0.95) ?? 0
  const quickMs = operation.durations.quantile(QUICK) ?? 0
  // a quick run has its block and hardly waits
  if (remains) return Math.min(p95Ms, quickMs + calmMs(window, operation))
  const restMs = Math.max(0, quickMs - blockMs)
  return Math.min(p95Ms, Math.max(restMs, USUAL_SPREAD * calmMs(window, operation)))
}

/** What it waits for in databases and outbound calls, as they usually are, and what any route of this app takes. */
function calmMs(window: MetricsWindow, operation: OperationView): number {
  return baseMs(window, operation) + childrenMs(window, operation, 0)
}

function baseMs(window: MetricsWindow, besides: OperationView): number {
  const others = traffic(window)
    .operations.slice(0, MAX_OTHERS)
    .filter((other) => other !== besides)
    .map((other) => other.durations.quantile(0.25) ?? 0)
  return Math.max(
    NO_QUICKER_MS,
    Math.min(quantileOf(others, 0) ?? NO_QUICKER_MS, besides.durations.min ?? Number.POSITIVE_INFINITY),
  )
}

const MAX_DEPTH = 4 // route, handler, repository, query
function childrenMs(window: MetricsWindow, operation: OperationView, depth: number): number {
  if (depth >= MAX_DEPTH || operation.count === 0) return 0
  let waitMs = 0
  let innerMs = 0
  for (const child of operation.children) {
    const view = findOperation(window, child)
    if (view === null) continue
    const perRun = child.calls / operation.count
    if (isWait(child.component)) waitMs += perRun * (view.durations.quantile(0.25) ?? 0)
    else innerMs = Math.max(innerMs, Math.min(1, perRun) * childrenMs(window, view, depth + 1))
  }
  // handlers hold the same calls as their route
  return Math.max(waitMs, innerMs)
}
