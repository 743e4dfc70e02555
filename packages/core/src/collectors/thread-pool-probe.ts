// How long a trivial job waits for a thread of libuv's pool. Run in the monitor's thread: the pool is the process's, the loop is idle,
// so lateness is the pool's and not the main loop's. An idle pool reads 0.05 to 0.2 ms (two thread switches); nothing is subtracted.
import { stat } from 'node:fs'
import type { Clock, TimerHandle } from '../clock.js'

const PROBE_INTERVAL_MS = 250 // short saturation is seen, at four jobs of microseconds a second

/** Calls back when a trivial job of the thread pool is done. */
export type PoolJob = (done: () => void) => void

export class ThreadPoolProbe {
  readonly #clock: Clock
  readonly #job: PoolJob
  #timer: TimerHandle | null = null
  #outstandingSinceMs: number | null = null
  #longestMs: number | null = null

  constructor({ clock, job = statRoot }: { clock: Clock; job?: PoolJob }) {
    this.#clock = clock
    this.#job = job
  }

  /** Idempotent. */
  start(intervalMs: number): void {
    if (this.#timer !== null) return
    this.probe()
    this.#timer = this.#clock.every(Math.min(intervalMs, PROBE_INTERVAL_MS), () => this.probe())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  /** The longest wait since the last call. A probe that still waits counts with its age: a saturated pool is seen while it is saturated. */
  takeDelayMs(): number | null {
    const finished = this.#longestMs
    this.#longestMs = null
    const age = this.#outstandingSinceMs === null ? null : this.#clock.monotonicMs() - this.#outstandingSinceMs
    // a probe that was sent just now says nothing yet, unless it is all there is to say
    return finished === null ? age : Math.max(finished, age ?? 0)
  }

  /** Once more; of itself it does so only between `start` and `stop`. */
  probe(): void {
    if (this.#outstandingSinceMs !== null) return
    const startedAt = this.#clock.monotonicMs()
    this.#outstandingSinceMs = startedAt
    this.#job(() => {
      this.#outstandingSinceMs = null
      this.#longestMs = Math.max(this.#longestMs ?? 0, this.#clock.monotonicMs() - startedAt)
    })
  }
}

/** A job that can be cancelled while it waits in the queue (one of node:crypto cannot, and would hold up the thread's end). */
function statRoot(done: () => void): void {
  stat('/', done)
}
