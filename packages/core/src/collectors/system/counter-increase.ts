/** Counters by the name of their device; all rows of a map have the same columns. */
export type Counters = ReadonlyMap<string, readonly number[]>

/**
 * Increase per column over the devices that both readings have. A device that came or went is left out.
 * `null` when a counter of one that stayed went backwards: it was reset or wrapped, and the interval cannot be told.
 */
export function counterIncrease(previous: Counters, current: Counters, columns: number): number[] | null {
  const sums = new Array<number>(columns).fill(0)
  for (const [name, counts] of current) {
    const before = previous.get(name)
    if (before === undefined) continue
    for (let column = 0; column < columns; column++) {
      const increase = (counts[column] ?? 0) - (before[column] ?? 0)
      if (increase < 0) return null
      sums[column] = (sums[column] ?? 0) + increase
    }
  }
  return sums
}
