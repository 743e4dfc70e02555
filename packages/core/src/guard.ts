// The host comes first: whatever fails inside is contained here, counted, logged at most once a minute per part, and shown at /health.
import type { Clock } from './clock.js'
import type { Logger } from './types/config.js'

const LOG_INTERVAL_MS = 60_000 // one line a minute per part tells the story; more would be our fault filling their disk
const MAX_PARTS = 200 // parts are our own names, but a user's rules add theirs

export interface Fault {
  part: string
  faults: number
  lastError: string
  lastAtMs: number
}

interface FaultState extends Fault {
  loggedAtMs: number
}

export class Guard {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #faults = new Map<string, FaultState>()
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

  report(part: string, error: unknown): void {
    this.#total++
    const now = this.#clock.now()
    const message = error instanceof Error ? error.message : String(error)
    let state = this.#faults.get(part)
    if (state === undefined) {
      if (this.#faults.size >= MAX_PARTS) return
      state = { part, faults: 0, lastError: '', lastAtMs: 0, loggedAtMs: Number.NEGATIVE_INFINITY }
      this.#faults.set(part, state)
    }
    state.faults++
    state.lastError = message
    state.lastAtMs = now
    if (now - state.loggedAtMs >= LOG_INTERVAL_MS) {
      state.loggedAtMs = now
      this.#log(`[perf-monitor] ${part} failed (${state.faults} so far): ${message}`)
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

  #log(message: string): void {
    try {
      this.#logger.warn(message)
    } catch {
      // a logger that throws must not turn one contained fault into an uncontained one
    }
  }
}
