// Durations as apps have them (lognormal around 5 ms): one constant would stay in one bucket and flatter everybody.
const COUNT = 4096

/** For `durations[i & INDEX_MASK]`. */
export const INDEX_MASK = COUNT - 1

/** The same ones in every process. */
export function createDurations() {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0 // Numerical Recipes' generator: good enough to spread
    return (state + 1) / 2 ** 32
  }
  return Float64Array.from({ length: COUNT }, () => {
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
    return 5 * Math.exp(normal * 0.8)
  })
}
