// How busy the event loop was, how long an arriving request waited for it, and which operations' own work may have kept it busy.
import { atOnce, mean, measured, settledFrom, shareAbove } from '../types/reading.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { callsPerRunOf, isWait, ownMs } from './calls.js'
import { traffic } from './impact.js'

export interface LoopState {
  /** Mean; `null` without enough samples. */
  readonly utilizationPercent: number | null
  readonly busy: boolean
  /** Longest stand-still seen; 0 when none was measured. */
  readonly longestMs: number
  /** p95 of how long something that arrives at any time waits for its turn. */
  readonly waitMs: number
}

export interface Suspect {
  readonly operation: OperationView
  /** Upper bound of its own work's share of the loop's time. */
  readonly workPercent: number
  /** What its quickest runs take outside of databases and outbound calls. */
  readonly leastMs: number
}

/** At 85 % a queue makes everything wait nearly six times its own service time (utilization / (1 - utilization)). */
export const BUSY_PERCENT = 85
/** Of fewer samples nothing is said about the loop. */
export const MIN_LOOP_SAMPLES = 10

const ROOM_PERCENT = 10 // of error in the estimate of work: quickest runs are judged at p10, utilization is a mean
const WORTH_NAMING_PERCENT = 5
const BASE_TURNS = 2 // a request enters the loop and leaves it; each call in between comes back once more
const MAX_TURNS = 10 // with more calls than that the calls themselves are the finding

const suspectsOf = new WeakMap<MetricsWindow, readonly Suspect[]>()
const stateOf = new WeakMap<MetricsWindow, LoopState>()

export function loopState(window: MetricsWindow): LoopState {
  let state = stateOf.get(window)
  if (state === undefined) {
    state = readLoop(window)
    stateOf.set(window, state)
  }
  return state
}

/** Whether the operation would be below the threshold but for its turns in the loop's queue. */
export function isVictim(
  window: MetricsWindow,
  operation: OperationView,
  of: { p95Ms: number; thresholdMs: number },
): boolean {
  const waitMs = queuedMs(window, operation)
  return waitMs > 0 && of.p95Ms - waitMs <= of.thresholdMs
}

/** How long a slow run of it waits for the loop, all its turns together. */
export function queuedMs(window: MetricsWindow, operation: OperationView): number {
  return turnsOf(callsPerRunOf(window, operation)) * loopState(window).waitMs
}

/** How often a run queues for the loop. */
export function turnsOf(callsPerRun: number): number {
  return Math.min(MAX_TURNS, BASE_TURNS + callsPerRun)
}

/**
 * Synchronous work cannot overlap: runs × own time of the quickest ones is at most the loop's busy time. What exceeds it waits
 * for something else and is no suspect. The most work first.
 */
export function suspects(window: MetricsWindow): readonly Suspect[] {
  return suspectsOf.get(window) ?? atOnce(surveySuspects(window))
}

export function* surveySuspects(window: MetricsWindow): Generator<void, readonly Suspect[]> {
  const { utilizationPercent } = loopState(window)
  const found: Suspect[] = []
  if (utilizationPercent !== null && window.durationMs > 0) {
    for (const operation of traffic(window).operations) {
      yield
      const suspect = suspectOf(window, operation, utilizationPercent)
      if (suspect !== null) found.push(suspect)
    }
  }
  found.sort((a, b) => b.workPercent - a.workPercent)
  suspectsOf.set(window, found)
  return found
}

function suspectOf(window: MetricsWindow, operation: OperationView, utilizationPercent: number): Suspect | null {
  const { totalMs } = operation
  // no more than all of its time: spares the quantile and the call tree of most
  if (isWait(operation.component) || totalMs < (WORTH_NAMING_PERCENT / 100) * window.durationMs) return null
  const quickMs = operation.durations.quantile(0.1) ?? 0
  const leastMs = quickMs * (ownMs(window, operation) / totalMs)
  const workPercent = ((leastMs * operation.count) / window.durationMs) * 100
  if (workPercent < WORTH_NAMING_PERCENT || workPercent > utilizationPercent + ROOM_PERCENT) return null
  return { operation, workPercent: Math.min(workPercent, utilizationPercent), leastMs }
}

function readLoop(window: MetricsWindow): LoopState {
  const from = settledFrom(window)
  const utilization = window.runtime('eventLoopUtilizationPercent')
  const maxima = window.runtime('eventLoopDelay.maxMs')
  const p99s = window.runtime('eventLoopDelay.p99Ms')
  const values = measured(utilization, from)
  const enough = values.length >= MIN_LOOP_SAMPLES
  const utilizationPercent = enough ? mean(values) : null
  const intervalMs = window.timestamps.length === 0 ? 0 : window.durationMs / window.timestamps.length
  const waits: { ms: number; weight: number }[] = []
  let samples = 0
  for (let i = from; i < maxima.length; i++) {
    const max = maxima[i] ?? null
    if (max === null || !Number.isFinite(max)) continue
    samples++
    const isBusy = (utilization[i] ?? 0) >= BUSY_PERCENT
    // in a busy second everybody queues; in a quiet one those who arrive while it stands still wait half of it
    if (isBusy) waits.push({ ms: p99s[i] ?? max, weight: 1 })
    else if (intervalMs > 0) waits.push({ ms: max / 2, weight: Math.min(1, max / intervalMs) })
  }
  return {
    utilizationPercent,
    busy: utilizationPercent !== null && utilizationPercent > BUSY_PERCENT && shareAbove(values, BUSY_PERCENT) >= 0.5,
    longestMs: Math.max(0, ...measured(maxima, from)),
    waitMs: samples >= MIN_LOOP_SAMPLES ? p95OfWaits(waits, samples) : 0,
  }
}

function p95OfWaits(waits: { ms: number; weight: number }[], samples: number): number {
  const beyond = 0.05 * samples
  let weight = 0
  for (const wait of waits.sort((a, b) => b.ms - a.ms)) {
    weight += wait.weight
    if (weight > beyond) return wait.ms
  }
  return 0
}
