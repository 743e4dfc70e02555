import { createHistogram } from 'node:perf_hooks'
import { INDEX_MASK } from '../durations.js'

export function create() {
  const histogram = createHistogram()
  return (durations, count) => {
    for (let i = 0; i < count; i++) histogram.record(Math.ceil(durations[i & INDEX_MASK] * 1e6)) // whole ns, from 1 on
  }
}
