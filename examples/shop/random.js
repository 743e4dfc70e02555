// Random numbers that are the same in every run with the same seed (mulberry32).

/**
 * @param {number} seed
 * @returns {{ next(): number, integer(min: number, max: number): number, pick<T>(list: readonly T[]): T }}
 */
export function createRandom(seed) {
  let state = seed >>> 0

  function next() {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  return {
    /** At least 0, less than 1. */
    next,
    /** Both ends included. */
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: (list) => list[Math.floor(next() * list.length)],
  }
}
