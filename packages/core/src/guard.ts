// The host comes first: whatever fails inside is contained here, counted, logged at most once a minute per part, and shown at /health.
import { type Clock, systemClock } from './clock.js'
import type { Logger } from './types/config.js'

const LOG_INTERVAL_MS = 60_000 // one line a minute per part tells the story; more would be our fault filling their disk
const MAX_PARTS = 200 // parts are our own names, but a user's rules add theirs

const MAX_TEXT_LENGTH = 300 // a message can hold a whole response body; its beginning says what happened

export interface Fault {
  part: string
  faults: number
  lastError: string
  lastAtMs: number
}

/** What was thrown, as a line can show it. Never throws, whatever it is. */
export function errorText(error: unknown): string {
  try {
    const text = String(error instanceof Error ? error.message : error)
    if (text.length <= MAX_TEXT_LENGTH) return text
    return `${Buffer.from(text.slice(0, MAX_TEXT_LENGTH - 1)).toString()}…` // copied: a slice keeps the whole text in memory
  } catch {
    return 'something that cannot be shown as text'
  }
}

export class Guard {
  #clock: Clock
  readonly #logger: Logger
  readonly #faults = new Map<string, Fault>()
  /** Monotonic; outlives `recover`, so that a part that fails and works by turns does not log each time. */
  readonly #loggedAtMs = new Map<string, number>()
  #total = 0

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /** Runs `fn`; when it throws, the fault is reported and `fallback` returned. */
  run<T>(part: string, fn: () => T, fallback: T): T {
    try {
      return fn()
    } catch (error) {
      this.report(part, error)
      return fallback
    }
  }

  /** As `run`, for promises. Never rejects. */
  async runAsync<T>(part: string, fn: () => Promise<T>, fallback: T): Promise<T> {
    try {
      return await fn()
    } catch (error) {
      this.report(part, error)
      return fallback
    }
  }

  /** Never throws, whatever the error, the clock and the logger are. */
  report(part: string, error: unknown): void {
    this.#total++
    const { nowMs, monotonicMs } = this.#readClock()
    let state = this.#faults.get(part)
    if (state === undefined) {
      if (this.#faults.size >= MAX_PARTS) return
      state = { part, faults: 0, lastError: '', lastAtMs: 0 }
      this.#faults.set(part, state)
    }
    state.faults++
    state.lastError = errorText(error)
    state.lastAtMs = nowMs
    if (this.#isLogDue(part, monotonicMs)) {
      this.#log(`[perf-monitor] ${part} failed (${state.faults} so far): ${state.lastError}`)
    }
  }

  /** The part works again: it leaves the list, its faults stay in the total. */
  recover(part: string): void {
    this.#faults.delete(part)
  }

  get faults(): Fault[] {
    return [...this.#faults.values()].map(({ part, faults, lastError, lastAtMs }) => ({
      part,
      faults,
      lastError,
      lastAtMs,
    }))
  }

  /** Faults since start, for `perf_monitor_faults_total`. */
  get total(): number {
    return this.#total
  }

  #isLogDue(part: string, monotonicMs: number): boolean {
    const loggedAtMs = this.#loggedAtMs.get(part)
    if (loggedAtMs !== undefined) {
      const elapsedMs = monotonicMs - loggedAtMs
      if (elapsedMs >= 0 && elapsedMs < LOG_INTERVAL_MS) return false // below 0 only after a change of clocks
      this.#loggedAtMs.delete(part) // set anew below: the map stays in the order of time
    }
    this.#loggedAtMs.set(part, monotonicMs)
    if (this.#loggedAtMs.size > MAX_PARTS) this.#loggedAtMs.delete(this.#loggedAtMs.keys().next().value as string)
    return true
  }

  #readClock(): { nowMs: number; monotonicMs: number } {
    try {
      const [nowMs, monotonicMs] = [this.#clock.now(), this.#clock.monotonicMs()]
      if (Number.isFinite(nowMs) && Number.isFinite(monotonicMs)) return { nowMs, monotonicMs }
    } catch {
      // the app's own clock: as with one that tells no time, the system's takes over
    }
    this.#clock = systemClock // for good: times of two clocks cannot be compared
    return { nowMs: systemClock.now(), monotonicMs: systemClock.monotonicMs() }
  }

  /** A logger that throws, or rejects, must not turn one contained fault into an uncontained one. */
  #log(message: string): void {
    try {
      const returned: unknown = this.#logger.warn(message)
      if (typeof returned === 'object' && returned !== null) Promise.resolve(returned).catch(() => {})
    } catch {
      // see above
    }
  }
}
