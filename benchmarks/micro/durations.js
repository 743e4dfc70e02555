// Durations as apps have them (lognormal around 5 ms): one constant would stay in one bucket and flatter everybody.
import { seededRandom, standardNormal } from '../lib/random.js'

const COUNT = 4096

/** For `durations[i & INDEX_MASK]`. */
export const INDEX_MASK = COUNT - 1

/** The same ones in every process. */
export function createDurations() {
  const random = seededRandom(1)
  return Float64Array.from({ length: COUNT }, () => 5 * Math.exp(0.8 * standardNormal(random)))
}
