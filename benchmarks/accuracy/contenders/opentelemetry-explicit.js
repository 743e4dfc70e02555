import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { quantileOfBuckets } from '../quantiles.js'

const MAX_SERIES = 100_000 // the SDK drops all beyond 2000 unless told otherwise

/** Read when asked, by nobody else. */
class OnDemandReader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

/** @param {object} [options] of the view; without: the SDK's own buckets, made for ms */
export function create({ aggregation, read = readExplicit } = {}) {
  const reader = new OnDemandReader()
  const views = [{ instrumentName: '*', aggregation, aggregationCardinalityLimit: MAX_SERIES }]
  const meter = new MeterProvider({ readers: [reader], views }).getMeter('benchmark')
  const histogram = meter.createHistogram('operation.duration', { unit: 'ms' })
  return {
    series(name) {
      const attributes = { operation: name }
      return (ms) => histogram.record(ms, attributes)
    },
    async quantile(name, q) {
      const { resourceMetrics } = await reader.collect()
      const { dataPoints } = resourceMetrics.scopeMetrics[0].metrics[0]
      return read(dataPoints.find(({ attributes }) => attributes.operation === name).value, q)
    },
  }
}

function readExplicit({ buckets: { boundaries, counts } }, q) {
  return quantileOfBuckets(boundaries, counts, q)
}
