// The same operations as histograms of OpenTelemetry's SDK, written by its Prometheus exporter.
import { createServer } from 'node:http'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { HTTP_SECONDS, OPERATION_SECONDS, recordAll } from '../series.js'

export async function create({ operations }) {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: operations + 1 }] // its default drops all beyond 2000
  const meter = new MeterProvider({ readers: [exporter], views }).getMeter('benchmark')
  const histogram = (name, explicitBucketBoundaries) =>
    meter.createHistogram(name, { unit: 's', advice: { explicitBucketBoundaries } })
  const http = histogram('http.server.request.duration', HTTP_SECONDS)
  const others = histogram('perf.operation.duration', OPERATION_SECONDS)
  recordAll(operations, {
    http: (labels, seconds) => http.record(seconds, labels),
    other: (labels, seconds) => others.record(seconds, labels),
  })
  const server = createServer((req, res) => exporter.getMetricsRequestHandler(req, res))
  return { server, questions: { 'metrics, Prometheus text': { path: '/metrics' } } }
}
