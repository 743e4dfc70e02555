import { INDEX_MASK } from '../durations.js'
import { createHistogram, LABELS } from './prom-client-histogram.js'

/** What an operation that is kept is compared with: labels resolved once. */
export function create() {
  const series = createHistogram().labels(LABELS)
  return (durations, count) => {
    for (let i = 0; i < count; i++) series.observe(durations[i & INDEX_MASK] / 1000)
  }
}
