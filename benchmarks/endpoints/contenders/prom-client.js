// The same operations as histograms of prom-client, with its default metrics, written by `registry.metrics()`.
import { createServer } from 'node:http'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { HTTP_SECONDS, OPERATION_SECONDS, recordAll } from '../series.js'

export async function create({ operations }) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const http = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP server requests.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: HTTP_SECONDS,
    registers: [registry],
  })
  const others = new Histogram({
    name: 'perf_operation_duration_seconds',
    help: 'Duration of operations that are not HTTP.',
    labelNames: ['component', 'operation', 'outcome'],
    buckets: OPERATION_SECONDS,
    registers: [registry],
  })
  recordAll(operations, {
    http: (labels, seconds) => http.observe(labels, seconds),
    other: (labels, seconds) => others.observe(labels, seconds),
  })
  const server = createServer(async (_req, res) => {
    res.setHeader('Content-Type', registry.contentType)
    res.end(await registry.metrics())
  })
  return { server, questions: { 'metrics, Prometheus text': { path: '/metrics' } } }
}
