// The main thread's side: beats, and measures the blocks that made it late.
import { beatIntervalMs, type Heart } from './heart.js'

const NO_IDLE_MS = 1 // less idle time than this between two beats is none
const QUIET_SHARE = 0.2 // of the time at most: the beats alone are 2 % of it, 10 % on a machine out of processors
const QUIET_MS = 1000

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
  #busyAtMs: number

  constructor(options: PulseOptions) {
    this.#options = options
    this.intervalMs = beatIntervalMs(options.thresholdMs)
    this.#lastMs = options.nowMs()
    this.#busyAtMs = this.#lastMs
    this.#lastActiveMs = options.activeMs()
    options.heart.beat(this.#lastMs, true)
  }

  /** Whether the loop did next to nothing for a while, and no request waits for anything. */
  get isQuiet(): boolean {
    return this.#lastMs - this.#busyAtMs >= QUIET_MS && this.#options.requestsInFlight() === 0
  }

  /** An operation runs: what it goes on with later is work too. */
  work(): number {
    const turnMs = this.turn()
    this.#busyAtMs = this.#lastMs
    return turnMs
  }

  beat(): void {
    const { thresholdMs } = this.#options
    this.#beat((gapMs, activeMs) => (gapMs > thresholdMs ? this.#blockedMs(gapMs, activeMs) : 0))
  }

  /** A beat after one turn of the loop, whatever time that took: all of it but the idle time was without a break. @returns it */
  turn(): number {
    return this.#beat((_gapMs, activeMs) => activeMs)
  }

  #beat(blockedMs: (gapMs: number, activeMs: number) => number): number {
    const { heart, thresholdMs, nowMs, activeMs, requestsInFlight, isDebugged, armedAtMs } = this.#options
    const now = nowMs()
    const active = activeMs()
    const gapMs = now - this.#lastMs
    const ranMs = active - this.#lastActiveMs
    const isOff = now < armedAtMs || isDebugged()
    if (!isOff && !this.#wasOff) {
      const durationMs = blockedMs(gapMs, ranMs)
      if (durationMs >= thresholdMs) {
        heart.addBlock({ startMs: now - durationMs, durationMs, requestsInFlight: requestsInFlight() })
      }
    }
    if (isOff || ranMs > gapMs * QUIET_SHARE) this.#busyAtMs = now
    this.#lastMs = now
    this.#lastActiveMs = active
    this.#wasOff = isOff
    heart.beat(now, isOff)
    return ranMs
  }

  /** Between two beats: all of it but what the loop was idle; without idle time it began half an interval after the beat, on average. */
  #blockedMs(gapMs: number, activeMs: number): number {
    const blockedMs = activeMs > gapMs - NO_IDLE_MS ? gapMs - this.intervalMs / 2 : activeMs
    return Math.max(gapMs - this.intervalMs, blockedMs)
  }
}
