// The main thread's side: beats, and measures the blocks that made it late.
import { beatIntervalMs, type Heart } from './heart.js'

const NO_IDLE_MS = 1 // less idle time than this between two beats is none

export interface PulseOptions {
  heart: Heart
  thresholdMs: number
  /** `processMonotonicMs`. */
  nowMs: () => number
  /** Time for which the event loop was not idle, since any moment. */
  activeMs: () => number
  requestsInFlight: () => number
  /** Whether a debugger may hold the app now. */
  isDebugged: () => boolean
  /** Blocks that began before are those of start-up: modules load and compile. */
  armedAtMs: number
}

export class Pulse {
  readonly intervalMs: number
  readonly #options: PulseOptions
  #lastMs: number
  #lastActiveMs: number
  #wasOff = true

  constructor(options: PulseOptions) {
    this.#options = options
    this.intervalMs = beatIntervalMs(options.thresholdMs)
    this.#lastMs = options.nowMs()
    this.#lastActiveMs = options.activeMs()
    options.heart.beat(this.#lastMs, true)
  }

  beat(): void {
    const { heart, thresholdMs, nowMs, activeMs, requestsInFlight, isDebugged, armedAtMs } = this.#options
    const now = nowMs()
    const active = activeMs()
    const gapMs = now - this.#lastMs
    const isOff = now < armedAtMs || isDebugged()
    if (gapMs > thresholdMs && !isOff && !this.#wasOff) {
      const durationMs = this.#blockedMs(gapMs, active - this.#lastActiveMs)
      if (durationMs >= thresholdMs) {
        heart.addBlock({ startMs: now - durationMs, durationMs, requestsInFlight: requestsInFlight() })
      }
    }
    this.#lastMs = now
    this.#lastActiveMs = active
    this.#wasOff = isOff
    heart.beat(now, isOff)
  }

  /** Between two beats: all of it but what the loop was idle; without idle time it began half an interval after the beat, on average. */
  #blockedMs(gapMs: number, activeMs: number): number {
    const blockedMs = activeMs > gapMs - NO_IDLE_MS ? gapMs - this.intervalMs / 2 : activeMs
    return Math.max(gapMs - this.intervalMs, blockedMs)
  }
}
