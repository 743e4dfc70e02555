// What durations look like, ms. Each is drawn from the same seed.
import { seededRandom, standardNormal } from '../lib/random.js'

const SEED = 20_260_101
const QUICK_SHARE = 0.7 // of the bimodal ones: no quantile that is asked for lies in the gap between the two, where any value is right

export const DISTRIBUTIONS = [
  { name: 'normal', title: 'normal: mean 50, deviation 10', draw: (random) => 50 + 10 * standardNormal(random) },
  { name: 'lognormal', title: 'lognormal: median 5, sigma 0.8', draw: (random) => lognormal(random, 5, 0.8) },
  { name: 'pareto', title: 'Pareto: from 1 on, shape 1.5', draw: (random) => random() ** (-1 / 1.5) },
  {
    name: 'bimodal',
    title: 'bimodal: 70 % around 2, 30 % around 200',
    draw: (random) => lognormal(random, random() < QUICK_SHARE ? 2 : 200, 0.3),
  },
  { name: 'constant', title: 'constant: 12.34', draw: () => 12.34 },
]

/** @returns {Float64Array} */
export function drawValues({ draw }, count) {
  const random = seededRandom(SEED)
  return Float64Array.from({ length: count }, () => Math.max(0, draw(random)))
}

function lognormal(random, median, sigma) {
  return median * Math.exp(sigma * standardNormal(random))
}
