import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { PerfMonitorError } from '../../src/errors.js'
import { METRICS } from '../../src/exporters/metrics.js'
import { registerInto } from '../../src/exporters/prom-client.js'
import { exposition } from '../../src/exporters/prometheus.js'
import { Guard } from '../../src/guard.js'
import { CASES } from './contract.js'
import { parseExposition } from './exposition-parser.js'
import { expositionInput } from './reports.js'

const GENTLE_CASES = CASES.filter((build) => build.name !== 'many') // prom-client itself takes a second for ten thousand

describe('registerInto', () => {
  it.each(GENTLE_CASES.map((build) => [build.name, build] as const))(
    'gives a registry all metrics: %s',
    async (_n, build) => {
      const input = build().exposition
      const registry = new Registry()
      registerInto(registry, () => input)
      const text = (await registry.metrics()).replace(/\n\n/g, '\n')
      // prom-client writes metadata of metrics without samples, too
      const present = withoutEmpty(text)
      expect(sorted(parseExposition(present, 'prometheus'))).toEqual(
        sorted(parseExposition([...exposition(input, 'prometheus')].join(''), 'prometheus')),
      )
    },
  )

  it.each(GENTLE_CASES.map((build) => [build.name, build] as const))(
    'gives an OpenMetrics registry the same: %s',
    async (_n, build) => {
      const input = build().exposition
      const registry = new Registry()
      registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
      registerInto(registry, () => input)
      const units = (families: ReturnType<typeof parseExposition>) =>
        families.map((family) => ({ ...family, unit: '' }))
      expect(sorted(parseExposition(withoutEmpty(await registry.metrics()), 'openmetrics'))).toEqual(
        sorted(units(parseExposition([...exposition(input, 'openmetrics')].join(''), 'openmetrics'))),
      )
    },
  )

  it('keeps its names when the registry changes its format and back', async () => {
    const registry = new Registry()
    registerInto(registry, expositionInput)
    const before = await registry.metrics()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
    await registry.metrics()
    registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE)
    expect(await registry.metrics()).toBe(before)
  })

  it("stands beside the app's own metrics and prom-client's defaults, and leaves them when it goes", async () => {
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const orders = new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] })
    orders.inc(3)
    const before = registry.getMetricsAsArray().length
    const undo = registerInto(registry, expositionInput)
    expect(registry.getMetricsAsArray().length).toBe(before + Object.keys(METRICS).length)
    expect(await registry.metrics()).toContain('orders_total 3')
    undo()
    undo()
    expect(registry.getMetricsAsArray().length).toBe(before)
    expect(await registry.metrics()).not.toContain('perf_monitor')
    registry.clear()
  })

  it('applies default labels of the registry, and JSON of it has them all', async () => {
    const registry = new Registry()
    registry.setDefaultLabels({ region: 'eu' })
    registerInto(registry, expositionInput)
    expect(await registry.metrics()).toContain('perf_monitor_faults_total{region="eu"} 1')
    const json = await registry.getMetricsAsJSON()
    const histogram = json.find(({ name }) => name === 'http_server_request_duration_seconds')
    expect(histogram?.values[0]?.labels).toMatchObject({ http_route: '/orders', region: 'eu', le: '0.005' })
    expect(await registry.getSingleMetricAsString('perf_monitor_faults_total')).toContain('perf_monitor_faults_total')
    registry.resetMetrics()
  })

  it.each(['perf_monitor_faults_total', 'perf_monitor_faults'])(
    'names the metric that is already there: %s',
    (name) => {
      const registry = new Registry()
      new Counter({ name, help: 'Mine.', registers: [registry] })
      const attempt = () => registerInto(registry, expositionInput)
      expect(attempt).toThrow(PerfMonitorError)
      expect(attempt).toThrow('already has a metric named perf_monitor_faults_total')
      expect(registry.getMetricsAsArray()).toHaveLength(1)
    },
  )

  it('refuses a second monitor in the same registry', () => {
    const registry = new Registry()
    const undo = registerInto(registry, expositionInput)
    expect(() => registerInto(registry, expositionInput)).toThrow('give each monitor a registry of its own')
    undo()
    registerInto(registry, expositionInput)()
    expect(registry.getMetricsAsArray()).toEqual([])
  })

  it('does not take out what the app put in its place', () => {
    const registry = new Registry()
    const undo = registerInto(registry, expositionInput)
    registry.clear()
    const mine = new Counter({ name: 'perf_monitor_faults_total', help: 'Mine.', registers: [registry] })
    undo()
    expect(registry.getSingleMetric('perf_monitor_faults_total')).toBe(mine)
  })

  it('reads once for a scrape, and again for the next', async () => {
    const registry = new Registry()
    const read = vi.fn(expositionInput)
    registerInto(registry, read)
    await registry.metrics()
    expect(read).toHaveBeenCalledTimes(1)
    await registry.metrics()
    expect(read).toHaveBeenCalledTimes(2)
  })

  it("contains its faults: the app's scrape goes on, the fault is counted", async () => {
    const registry = new Registry()
    const orders = new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] })
    orders.inc()
    const guard = new Guard(new ManualClock(), { info: () => {}, warn: () => {}, error: () => {} })
    const read = () => {
      throw new Error('no window')
    }
    registerInto(registry, read, { guard })
    const text = await registry.metrics()
    expect(text).toContain('orders_total 1')
    expect(withoutEmpty(text.replace(/\n\n/g, '\n'))).not.toContain('perf_monitor')
    expect(guard.faults).toMatchObject([{ part: 'registry', faults: 1, lastError: 'no window' }])
  })

  it('leaves out a metric that fails half-way', async () => {
    const registry = new Registry()
    const guard = new Guard(new ManualClock(), { info: () => {}, warn: () => {}, error: () => {} })
    const [first, second] = [...expositionInput().operations]
    const broken = {
      ...second,
      get series(): never {
        throw new Error('gone')
      },
    }
    registerInto(registry, () => expositionInput({ operations: [first, broken] as never }), { guard })
    const text = withoutEmpty((await registry.metrics()).replace(/\n\n/g, '\n'))
    expect(text).not.toContain('http_server_request_duration_seconds')
    expect(text).toContain('perf_monitor_faults_total 1')
    expect(guard.total).toBe(1)
  })
})

/** Without the metadata of families that have no samples. */
function withoutEmpty(text: string): string {
  return text.replace(/# HELP .*\n# TYPE .*\n(?=# HELP|# EOF|$)/g, '')
}

/** Label order is the writer's own. */
function sorted(families: ReturnType<typeof parseExposition>) {
  return families.map((family) => ({
    ...family,
    samples: family.samples.map((sample) => ({ ...sample, labels: Object.entries(sample.labels).sort() })),
  }))
}
