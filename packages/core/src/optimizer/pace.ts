// How long the optimizer has held the event loop, and when it gives it back.
import type { Clock } from '../clock.js'

const SLICE_MS = 2 // of the 5 ms that nothing may hold the loop: one step between two looks at the clock may be long

/** One for all rules of a round: where each turn of a blocked loop takes 100 ms, a turn for each rule would make a report wait for seconds. */
export class Pace {
  readonly #clock: Clock
  readonly #cpuMs: () => number
  #startMs = 0
  #startCpuMs = 0

  constructor(clock: Clock, cpuMs: () => number) {
    this.#clock = clock
    this.#cpuMs = cpuMs
    this.#begin()
  }

  /** Since the slice began: time that the process was not let run holds nothing. */
  get heldMs(): number {
    return Math.min(this.#clock.monotonicMs() - this.#startMs, this.#cpuMs() - this.#startCpuMs)
  }

  get isOver(): boolean {
    return this.#clock.monotonicMs() - this.#startMs >= SLICE_MS
  }

  /** After the slice: goes on in a later turn. No timer: the queue of immediates, after what already waits on the loop. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#begin()
  }

  #begin(): void {
    this.#startMs = this.#clock.monotonicMs()
    this.#startCpuMs = this.#cpuMs()
  }
}

/** Of the whole process: what other threads use makes a rule look longer, never shorter. */
export function processCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
