// Counts by minute, so that a window of the recent past can be asked for.

const SLOTS = 12 // a report's ten minutes, and the two that it begins and ends in
const MINUTE_MS = 60_000

/** How long what was captured is kept. */
export const RETENTION_MS = 10 * MINUTE_MS

export class MinuteCounts {
  readonly #minutes = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY)
  readonly #sums = new Float64Array(SLOTS)

  add(epochMs: number, amount = 1): void {
    const minute = Math.floor(epochMs / MINUTE_MS)
    const slot = ((minute % SLOTS) + SLOTS) % SLOTS
    if (this.#minutes[slot] !== minute) {
      this.#minutes[slot] = minute
      this.#sums[slot] = 0
    }
    this.#sums[slot] = (this.#sums[slot] as number) + amount
  }

  /** Of the whole minutes that lie in the window at least in part. */
  sum(fromMs: number, toMs: number): number {
    const [from, to] = [Math.floor(fromMs / MINUTE_MS), Math.floor(toMs / MINUTE_MS)]
    let sum = 0
    for (let slot = 0; slot < SLOTS; slot++) {
      const minute = this.#minutes[slot] as number
      if (minute >= from && minute <= to) sum += this.#sums[slot] as number
    }
    return sum
  }
}
