import { Histogram, Registry } from 'prom-client'
import { quantileOfBuckets } from '../quantiles.js'

const MS_PER_SECOND = 1000

/** @param {{ buckets?: number[] }} [options] seconds; without: the library's own */
export function create({ buckets } = {}) {
  const histogram = new Histogram({
    name: 'operation_duration_seconds',
    help: 'Duration of operations in seconds',
    labelNames: ['operation'],
    registers: [new Registry()],
    ...(buckets && { buckets }),
  })
  return {
    series(name) {
      const labels = { operation: name }
      return (ms) => histogram.observe(labels, ms / MS_PER_SECOND)
    },
    async quantile(name, q) {
      const { values } = await histogram.get()
      const own = values.filter(({ labels }) => labels.operation === name && labels.le !== undefined)
      const bounds = own.map(({ labels }) => labels.le).filter(Number.isFinite)
      const cumulative = own.map(({ value }) => value)
      const counts = cumulative.map((value, i) => value - (i === 0 ? 0 : cumulative[i - 1]))
      return quantileOfBuckets(bounds, counts, q) * MS_PER_SECOND
    },
  }
}
