// How long the optimizer has held the event loop, and when it gives it back.
import { type Clock, Looks } from '../clock.js'

const SLICE_MS = 2 // of the 5 ms that nothing may hold the loop: one step between two looks at the clock may be long
const MAX_STEPS_PER_LOOK = 4 // most take 100 ns, reading the clock half of that

/** When what is done in slices goes on: in turns of the loop that one round shares with whatever else is; and for how long, ms. */
export type NextTurn = () => Promise<number>

/** No timer: the queue of immediates, after what already waits on the loop. */
const ownTurn: NextTurn = () => new Promise((resolve) => setImmediate(resolve, SLICE_MS))

/** One for all rules of a round: where each turn of a blocked loop takes 100 ms, a turn for each rule would make a report wait for seconds. */
export class Pace {
  readonly #clock: Clock
  readonly #cpuMs: () => number
  readonly #nextTurn: NextTurn
  readonly #looks: Looks
  #sliceMs = SLICE_MS
  #startMs = 0
  #earlierMs = 0
  #startCpuMs = 0

  constructor(clock: Clock, cpuMs: () => number, nextTurn: NextTurn = ownTurn) {
    this.#clock = clock
    this.#cpuMs = cpuMs
    this.#nextTurn = nextTurn
    this.#looks = new Looks(MAX_STEPS_PER_LOOK, clock.monotonicMs())
    this.#begin()
  }

  /** Since the slice began: time that the process was not let run holds nothing. */
  get heldMs(): number {
    return Math.min(this.#clock.monotonicMs() - this.#startMs, this.#cpuMs() - this.#startCpuMs)
  }

  /** All slices together. */
  get totalMs(): number {
    return this.#earlierMs + this.#clock.monotonicMs() - this.#startMs
  }

  get isOver(): boolean {
    return this.#clock.monotonicMs() - this.#startMs >= this.#sliceMs
  }

  /** Counts a step. @returns as `isOver`, but does not look after every cheap one */
  step(): boolean {
    if (!this.#looks.isDue()) return false
    const nowMs = this.#clock.monotonicMs()
    this.#looks.looked(nowMs)
    return nowMs - this.#startMs >= this.#sliceMs
  }

  /** After the slice: goes on in a later turn. */
  async rest(): Promise<void> {
    this.#earlierMs = this.totalMs
    this.#sliceMs = await this.#nextTurn()
    this.#begin()
  }

  #begin(): void {
    this.#startMs = this.#clock.monotonicMs()
    this.#startCpuMs = this.#cpuMs()
    this.#looks.begin(this.#startMs)
  }
}

/** Of the whole process: what other threads use makes a rule look longer, never shorter. */
export function processCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
