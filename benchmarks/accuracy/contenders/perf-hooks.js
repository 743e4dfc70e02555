import { createHistogram } from 'node:perf_hooks'

const UNITS_PER_MS = 1e6 // it takes whole numbers from 1 on: nanoseconds

export function create() {
  const histograms = new Map()
  return {
    series(name) {
      const histogram = createHistogram()
      histograms.set(name, histogram)
      return (ms) => histogram.record(Math.max(1, Math.round(ms * UNITS_PER_MS)))
    },
    quantile: (name, q) => histograms.get(name).percentile(q * 100) / UNITS_PER_MS,
  }
}
