// Delay and utilization of the main loop over one interval. Node's histogram counts the time between two firings of its timer, the
// timer's own resolution included; and `reset()` forgets the last firing, so that a block which spans it would vanish. `disable()` does
// not: enabled again without a reset, it takes all the time between for a block.
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { systemClock } from '../../clock.js'
import type { EventLoopDelayMetrics } from '../../types/metrics.js'

const RESOLUTION_MS = 10 // Node's default: a finer one costs CPU, a coarser one misses short blocks
const NS_PER_MS = 1e6
// beyond the two partial gaps at the ends of an interval: what the histogram's buckets (three digits) and late firings leave
const HIDDEN_NOISE_MS = 5
const BUCKET_ERROR = 0.001

/** The part of Node's histogram that is used. */
export interface DelayHistogram {
  enable(): boolean
  disable(): boolean
  reset(): void
  percentile(percentile: number): number
  readonly count: number
  readonly mean: number
  readonly max: number
}

export interface EventLoopOptions {
  histogram?: DelayHistogram
  /** Real time, whatever clock the monitor was given: the histogram runs on it. */
  monotonicMs?: () => number
}

export const NO_DELAY: Readonly<EventLoopDelayMetrics> = Object.freeze({
  meanMs: null,
  p50Ms: null,
  p99Ms: null,
  maxMs: null,
})

/** The beginning of an interval in which turns were measured instead of the timer. */
interface Rested {
  ms: number
  turnsMs: number
  longestTurnMs: number
}

const NO_REST: Readonly<Rested> = Object.freeze({ ms: 0, turnsMs: 0, longestTurnMs: 0 })

export class EventLoopCollector {
  readonly #histogram: DelayHistogram
  readonly #monotonicMs: () => number
  #utilization: EventLoopUtilization | null = null
  #startedAtMs: number | null = null
  #isFirst = true
  /** From the next reading on: until then the timer has firings of this interval to keep, and remembers the last one. */
  #isToRest = false
  #isResting = false
  #rested: Rested = { ...NO_REST }

  constructor({ histogram, monotonicMs = systemClock.monotonicMs }: EventLoopOptions = {}) {
    this.#histogram = histogram ?? monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.#monotonicMs = monotonicMs
  }

  start(): void {
    this.#histogram.reset()
    this.#histogram.enable()
    this.#utilization = performance.eventLoopUtilization()
    this.#startedAtMs = this.#monotonicMs()
    this.#isFirst = true
    this.#isToRest = false
    this.#isResting = false
    this.#rested = { ...NO_REST }
  }

  /** While the loop rests the timer would be most of what it does: until it works again each of its turns is told instead. */
  rest(isResting: boolean): void {
    if (this.#startedAtMs === null) return
    this.#isToRest = isResting
    if (isResting || !this.#isResting) return
    this.#isResting = false
    this.#rested.ms = this.#monotonicMs() - this.#startedAtMs
    this.#histogram.enable()
  }

  /** One turn of a loop that rests: who came in its first moment waited for so long. */
  turned(turnMs: number): void {
    if (!this.#isResting) return // the timer sees it
    this.#rested.turnsMs += turnMs
    this.#rested.longestTurnMs = Math.max(this.#rested.longestTurnMs, turnMs)
  }

  stop(): void {
    this.#histogram.disable()
    this.#startedAtMs = null
    this.#utilization = null
  }

  readUtilizationPercent(): number | null {
    if (this.#utilization === null) return null
    const current = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(current, this.#utilization)
    const hasTime = current.active + current.idle > this.#utilization.active + this.#utilization.idle
    this.#utilization = current
    return hasTime && Number.isFinite(utilization) ? Math.min(100, Math.max(0, utilization * 100)) : null
  }

  /** `null` for the first interval: it holds the app's start-up, which no request waited for. */
  readDelay(): EventLoopDelayMetrics {
    if (this.#startedAtMs === null) return NO_DELAY
    const now = this.#monotonicMs()
    const intervalMs = now - this.#startedAtMs
    if (this.#isResting) this.#rested.ms = intervalMs
    const delay = delayOf(this.#isResting ? null : this.#histogram, intervalMs, this.#rested)
    if (!this.#isResting) this.#histogram.reset()
    if (this.#isToRest && !this.#isResting) this.#isResting = this.#histogram.disable()
    this.#startedAtMs = now
    this.#rested = { ...NO_REST }
    if (this.#isFirst) {
      this.#isFirst = false
      return NO_DELAY
    }
    return delay
  }
}

/** The time of a rest counts as firings without delay, but for the longest turn in it. `histogram`: `null` when all of it was rest. */
function delayOf(histogram: DelayHistogram | null, intervalMs: number, rested: Rested): EventLoopDelayMetrics {
  const count = histogram?.count ?? 0
  const fired = count === 0 ? null : histogram
  const coveredMs = fired === null ? 0 : (fired.mean * count) / NS_PER_MS
  const hiddenMs = hiddenBlockMs(intervalMs - rested.ms, coveredMs)
  const idle = Math.round(rested.ms / RESOLUTION_MS)
  const total = count + idle + (hiddenMs === null ? 0 : 1)
  if (total === 0) return NO_DELAY
  const ownMs = (gapNs: number) => Math.max(0, gapNs / NS_PER_MS - RESOLUTION_MS)
  const longestMs = fired === null ? 0 : ownMs(fired.max)
  const percentile = (share: number) => {
    const rank = Math.ceil(share * total)
    if (hiddenMs !== null && (total === 1 || (rank === total && hiddenMs >= longestMs))) return hiddenMs
    if (rank <= idle || fired === null) return 0
    return ownMs(fired.percentile(Math.min(100, ((rank - idle) / count) * 100)))
  }
  return {
    meanMs: Math.max(0, (coveredMs - count * RESOLUTION_MS + (hiddenMs ?? 0) + rested.turnsMs) / total),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    maxMs: Math.max(longestMs, hiddenMs ?? 0, rested.longestTurnMs),
  }
}

/**
 * A block at an end of the interval: firings cover it from the first to the last one, and leave a partial gap before and after.
 * What is missing beyond two gaps was blocked. Happens when the app blocks in the same turn of the loop in which we read.
 */
function hiddenBlockMs(intervalMs: number, coveredMs: number): number | null {
  const hidden = intervalMs - coveredMs - 2 * RESOLUTION_MS
  return hidden > HIDDEN_NOISE_MS + coveredMs * BUCKET_ERROR ? hidden : null
}
