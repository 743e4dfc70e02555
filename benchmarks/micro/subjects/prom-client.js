import { INDEX_MASK } from '../durations.js'
import { createHistogram } from './prom-client-histogram.js'

export function create() {
  const histogram = createHistogram()
  return (durations, count) => {
    for (let i = 0; i < count; i++) {
      const labels = { method: 'GET', route: '/api/orders/:id', status_code: 200 }
      histogram.observe(labels, durations[i & INDEX_MASK] / 1000)
    }
  }
}
