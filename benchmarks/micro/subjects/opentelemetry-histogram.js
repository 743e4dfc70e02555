import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { INDEX_MASK } from '../durations.js'

export function create() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const meter = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] }).getMeter('benchmark')
  const histogram = meter.createHistogram('task.duration', { unit: 'ms' })
  return (durations, count) => {
    for (let i = 0; i < count; i++) {
      const attributes = { method: 'GET', route: '/api/orders/:id', status_code: 200 }
      histogram.record(durations[i & INDEX_MASK], attributes)
    }
  }
}
