// The same numbers in every run: what is compared gets the same values.

/** Mulberry32: numbers from above 0 to 1, spread evenly enough for values that are sorted anyway. */
export function seededRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 2 ** 32
  }
}

/** One value around 0 with deviation 1 (Box and Muller). */
export function standardNormal(random) {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
}
