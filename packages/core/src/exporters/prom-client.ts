// Everything of /metrics in a registry of the app's own prom-client. Its registry protocol is an object with a name and `get()`:
// our histograms answer it themselves, so that nothing is recorded twice.
import { PerfMonitorError } from '../errors.js'
import type { Guard } from '../guard.js'
import type { PromRegistry } from '../types/config.js'
import { type ExpositionInput, type Labels, type Metric, NOTHING_YET, type Sample } from './metric.js'
import { METRICS } from './metrics.js'
import { type ExpositionFormat, familyNames, formatBound, reusable } from './prometheus.js'

const PART = 'registry' // of the host's prom-client, in /health

interface PromValue {
  metricName: string
  labels: Record<string, string>
  sharedLabels: Record<string, string>
  value: number
}

/**
 * Registers all metrics and returns what takes them out again. `read` is called once per scrape.
 * What fails while reading leaves our metrics out of that scrape, never the app's own.
 */
export function registerInto(
  registry: PromRegistry,
  read: () => ExpositionInput,
  options: { guard?: Guard } = {},
): () => void {
  const taken = Object.keys(METRICS).find((name) => isTaken(registry, name))
  if (taken !== undefined) {
    throw new PerfMonitorError(
      'PERF_ARGUMENT_INVALID',
      `\`registry\` already has a metric named ${taken}: give each monitor a registry of its own, or remove the other metric first`,
    )
  }
  const readOnce = sharedWithinScrape(read, options.guard)
  const registered = Object.entries(METRICS).map(([name, metric]) => {
    const own = new RegistryMetric({ registry, name, metric, read: readOnce, guard: options.guard })
    // prom-client's type names its four classes; what its registry uses of them is what RegistryMetric has
    registry.registerMetric(own)
    return [name, own] as const
  })
  return () => {
    for (const [name, own] of registered) {
      const present: unknown = registry.getSingleMetric(name)
      if (present === own) registry.removeSingleMetric(name)
    }
  }
}

interface RegistryMetricOptions {
  registry: PromRegistry
  name: string
  metric: Metric
  read: () => ExpositionInput | null
  guard: Guard | undefined
}

class RegistryMetric {
  readonly help: string
  readonly type: string
  readonly aggregator: string
  readonly #options: RegistryMetricOptions

  constructor(options: RegistryMetricOptions) {
    this.help = options.metric.help
    this.type = options.metric.type === 'info' ? 'gauge' : options.metric.type
    this.aggregator = options.metric.aggregator ?? 'sum'
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  /** An OpenMetrics registry takes `_total` off the name for good: a later change of its content type would miss it. */
  set name(_name: string) {}

  /** Called by `getMetricsAsJSON()`: each value with all of its labels. */
  async get(): Promise<object> {
    const found = this.#read()
    const values = found.values.map(({ sharedLabels, labels, ...rest }) => ({
      ...rest,
      labels: { ...sharedLabels, ...labels },
    }))
    return { ...found, values }
  }

  /** Called by `metrics()`: it formats the shared labels of a histogram's series once, which is most of the work. */
  async getForPromString(): Promise<object> {
    return this.#read()
  }

  /** `registry.resetMetrics()` is for tests of the app's own metrics: what the monitor counts stays. */
  reset(): void {}

  #read() {
    const { registry, name, metric, read, guard } = this.#options
    const format: ExpositionFormat = isOpenMetrics(registry) ? 'openmetrics' : 'prometheus'
    const names = familyNames(name, metric, format)
    // the registry itself adds `_total` to a counter's sample
    const sampleName = format === 'openmetrics' && metric.type === 'counter' ? names.family : names.sample
    const values: PromValue[] = []
    try {
      const input = read()
      for (const found of input === null ? [] : metric.samples(input)) {
        if (found !== NOTHING_YET) pushValues(values, found, { sampleName, format })
      }
    } catch (error) {
      values.length = 0 // half a metric would be a wrong one
      guard?.report(PART, error)
    }
    const type = format === 'openmetrics' ? metric.type : this.type
    return { name: names.family, help: this.help, type, aggregator: this.aggregator, values }
  }
}

/** The registry asks all metrics in one go; they share one reading, so that they agree and cost (or fail) once. */
function sharedWithinScrape(read: () => ExpositionInput, guard: Guard | undefined): () => ExpositionInput | null {
  let current: ExpositionInput | null = null
  let fresh = false
  return () => {
    if (fresh) return current
    fresh = true
    queueMicrotask(() => {
      fresh = false
      current = null
    })
    try {
      current = reusable(read())
    } catch (error) {
      guard?.report(PART, error)
    }
    return current
  }
}

function pushValues(
  values: PromValue[],
  sample: Sample,
  { sampleName, format }: { sampleName: string; format: ExpositionFormat },
): void {
  const sharedLabels = presentLabels(sample.labels)
  if (!('counts' in sample)) {
    values.push({ metricName: sampleName, labels: {}, sharedLabels, value: sample.value })
    return
  }
  const bucket = `${sampleName}_bucket`
  for (const [index, bound] of sample.bounds.entries()) {
    const le = formatBound(bound, format)
    values.push({ metricName: bucket, labels: { le }, sharedLabels, value: sample.counts[index] ?? 0 })
  }
  values.push({ metricName: bucket, labels: { le: '+Inf' }, sharedLabels, value: sample.count })
  values.push({ metricName: `${sampleName}_sum`, labels: {}, sharedLabels, value: sample.sum })
  values.push({ metricName: `${sampleName}_count`, labels: {}, sharedLabels, value: sample.count })
}

function presentLabels(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}

function isTaken(registry: PromRegistry, name: string): boolean {
  // in an OpenMetrics registry `x` and `x_total` are written as the same counter
  return [name, name.replace(/_total$/, '')].some((candidate) => registry.getSingleMetric(candidate) !== undefined)
}

function isOpenMetrics(registry: PromRegistry): boolean {
  return String(registry.contentType).startsWith('application/openmetrics-text')
}
