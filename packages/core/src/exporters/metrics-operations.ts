// Operations as classic histograms: HTTP with OpenTelemetry's names and buckets, every other component under one name of our own.
import type { OperationView, SeriesView } from '../types/window.js'
import type { ExpositionInput, HistogramSample, Labels, Metric } from './metric.js'
import { bounds, figure, NOTHING_YET, toSample } from './metric.js'

// OpenTelemetry's advice for http.server.request.duration and http.client.request.duration
const HTTP_BOUNDS = bounds([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10])
// functions, middleware and queries are mostly faster than requests: two more steps below, as many in all
const OPERATION_BOUNDS = bounds([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])

const VIEWS_PER_PAUSE = 16 // adding one up and writing it takes from 1 to 50 µs

const UNMATCHED = '(unmatched)'
const OTHER_METHOD = '_OTHER' // OpenTelemetry's word for a method that is not known
const HTTP_NAME = /^([A-Z]+) (.+)$/s
const HOST_PORT = /^(.+):(\d{1,5})$/

/** Labels of an operation; `shared` when another operation can have the same ones. */
interface Target {
  readonly labels: Labels
  readonly shared: boolean
}

export const OPERATION_METRICS: Readonly<Record<string, Metric>> = {
  http_server_request_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'Duration of HTTP server requests, from arrival to the last byte.',
    samples: (input) => httpSamples(input, 'http', serverTarget),
  },
  http_server_active_requests: {
    type: 'gauge',
    unit: '',
    help: 'HTTP server requests in flight, long-lived streams included.',
    samples: ({ runtime }) => figure(runtime?.activeRequests),
  },
  http_client_request_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'Duration of HTTP client requests.',
    samples: (input) => httpSamples(input, 'http-client', clientTarget),
  },
  perf_operation_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'Duration of operations that are not HTTP: handlers, queries, tracked functions.',
    samples: operationSamples,
  },
}

type Samples = Generator<HistogramSample | typeof NOTHING_YET, void, undefined>

function* httpSamples(input: ExpositionInput, component: string, targetOf: (operation: string) => Target): Samples {
  const merged = new Map<string, HistogramSample>()
  for (const view of viewsOf(input, (each) => each === component)) {
    if (view === NOTHING_YET) {
      yield NOTHING_YET
      continue
    }
    const { labels, shared } = targetOf(view.operation)
    for (const sample of byStatus(view, labels)) {
      if (shared) merge(merged, sample)
      else yield sample
    }
  }
  yield* merged.values()
}

/** Views of the components that are wanted, and pauses: most may be of others, or have nothing to show. */
function* viewsOf(
  { operations, operationsOf }: ExpositionInput,
  wants: (component: string) => boolean,
): Generator<OperationView | typeof NOTHING_YET, void, undefined> {
  let walked = 0
  for (const view of operationsOf === undefined ? operations : operationsOf(wants)) {
    if (++walked % VIEWS_PER_PAUSE === 0) yield NOTHING_YET
    if (wants(view.component)) yield view
  }
}

/** One histogram per label set: two outcomes with the same status code are one series here. */
function byStatus(view: OperationView, labels: Labels): Iterable<HistogramSample> {
  return mergedOf(view.series, (series) => toSample(series.durations, HTTP_BOUNDS, withStatus(labels, series)))
}

/** Most operations have one series: nothing to merge, and no key to make of its labels. */
function mergedOf(
  all: readonly SeriesView[],
  sampleOf: (series: SeriesView) => HistogramSample,
): Iterable<HistogramSample> {
  const ended = all.filter(({ durations }) => durations.count > 0)
  if (ended.length < 2) return ended.map(sampleOf)
  const merged = new Map<string, HistogramSample>()
  for (const series of ended) merge(merged, sampleOf(series))
  return merged.values()
}

function withStatus(labels: Labels, { statusCode, outcome }: SeriesView): Labels {
  if (statusCode !== null) return { ...labels, http_response_status_code: String(statusCode) }
  // no answer came: OpenTelemetry asks for the kind of error, and without it a failure would look like the rest
  if (outcome === 'success') return labels
  return { ...labels, error_type: outcome === 'aborted' ? 'aborted' : '_OTHER' }
}

function* operationSamples(input: ExpositionInput): Samples {
  for (const view of viewsOf(input, (component) => component !== 'http' && component !== 'http-client')) {
    if (view === NOTHING_YET) {
      yield NOTHING_YET
      continue
    }
    const { component, operation } = view
    yield* mergedOf(view.series, ({ durations, outcome }) =>
      toSample(durations, OPERATION_BOUNDS, { component, operation, outcome }),
    )
  }
}

/** `METHOD /template`. Unmatched requests have no route, as OpenTelemetry wants it: a route is given only when it is known. */
function serverTarget(operation: string): Target {
  const { method, rest, shared } = parseName(operation)
  if (rest === UNMATCHED) return { labels: { http_request_method: method }, shared }
  return { labels: { http_request_method: method, http_route: rest }, shared }
}

/** `METHOD host` or `METHOD host:port`. */
function clientTarget(operation: string): Target {
  const { method, rest, shared } = parseName(operation)
  const [, host, port] = HOST_PORT.exec(rest) ?? []
  const address: Labels =
    host === undefined ? { server_address: rest } : { server_address: host, server_port: port ?? '' }
  return { labels: { http_request_method: method, ...address }, shared }
}

function parseName(operation: string): { method: string; rest: string; shared: boolean } {
  const [, method, rest] = HTTP_NAME.exec(operation) ?? []
  if (method !== undefined && rest !== undefined) return { method, rest, shared: false }
  // `_OTHER (unmatched)`, `(other)`, and whatever an app recorded under this component by itself
  const prefix = `${OTHER_METHOD} `
  const name = operation.startsWith(prefix) ? operation.slice(prefix.length) : operation
  return { method: OTHER_METHOD, rest: name, shared: true }
}

function merge(into: Map<string, HistogramSample>, sample: HistogramSample): void {
  const key = JSON.stringify(sample.labels)
  const known = into.get(key)
  if (known === undefined) {
    into.set(key, sample)
    return
  }
  const counts = known.counts.map((count, index) => count + (sample.counts[index] ?? 0))
  into.set(key, { ...known, counts, sum: known.sum + sample.sum, count: known.count + sample.count })
}
