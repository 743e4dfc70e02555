import { build } from 'hdr-histogram-js'

const UNITS_PER_MS = 1000 // it takes whole numbers only: microseconds

export function create({ digits = 2 } = {}) {
  const histograms = new Map()
  return {
    series(name) {
      const histogram = build({ numberOfSignificantValueDigits: digits })
      histograms.set(name, histogram)
      return (ms) => histogram.recordValue(Math.round(ms * UNITS_PER_MS))
    },
    quantile: (name, q) => histograms.get(name).getValueAtPercentile(q * 100) / UNITS_PER_MS,
  }
}
