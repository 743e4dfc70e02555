import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { NOTHING_YET } from '../../src/exporters/metric.js'
import { METRICS } from '../../src/exporters/metrics.js'
import { EXPOSITION_CONTENT_TYPES, type ExpositionFormat, exposition } from '../../src/exporters/prometheus.js'
import type { OperationView } from '../../src/types/window.js'
import { exactHistogram, operationView } from '../helpers/window.js'
import { CASES, exporterContract, MANY } from './contract.js'
import { type ParsedFamily, parseExposition } from './exposition-parser.js'
import { expositionInput, NASTY_NAMES, runtime, system } from './reports.js'

const FORMATS: readonly ExpositionFormat[] = ['prometheus', 'openmetrics']
const HTTP = 'http_server_request_duration_seconds'

for (const format of FORMATS) {
  exporterContract(`exposition as ${format}`, {
    run: (input) => exposition(input.exposition, format),
    check: (text, input) => {
      const families = parseExposition(text, format)
      expect(text).not.toMatch(/(NaN|-Inf|undefined|null)$/m)
      if (input.name === 'many') expect(counts(families, HTTP)).toHaveLength(MANY)
      if (input.name === 'unmeasured') {
        const left = families
          .map(({ name }) => name)
          .filter((name) => !/^(target|perf_monitor|process_uptime)/.test(name))
        expect(left).toEqual([])
      }
    },
  })
}

describe('promtool', () => {
  const found = spawnSync('promtool', ['--version']).error === undefined
  if (!found && process.env.CI === undefined) {
    console.warn('promtool is not installed: `promtool check metrics` is not run (Debian: apt-get install prometheus)')
  }

  it.skipIf(!found && process.env.CI === undefined).each(CASES.map((build) => [build.name, build] as const))(
    'has no complaint: %s',
    (_name, build) => {
      if (!found) throw new Error('promtool is not installed, and CI must run it: install the prometheus package')
      const input = [...exposition(build().exposition, 'prometheus')].join('')
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
      expect({ status, stdout, stderr: stderr.slice(0, 2000) }).toEqual({ status: 0, stdout: '', stderr: '' })
    },
    120_000,
  )
})

describe('metric names', () => {
  const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8')
  const entries = page.split(/^### /m).slice(1)
  const documented = new Map(entries.map((entry) => [/^`(\w+)`/.exec(entry)?.[1] ?? '', entry]))

  it('are the headings of docs/metrics.md', () => {
    expect([...documented.keys()].sort()).toEqual(Object.keys(METRICS).sort())
    expect(entries.length).toBe(documented.size)
  })

  it.each(Object.entries(METRICS))('%s: type, unit and labels are as documented', (name, metric) => {
    const facts = (documented.get(name) ?? '').split('\n\n')[1] ?? ''
    const type = `${metric.type[0]?.toUpperCase()}${metric.type.slice(1)}`
    expect(facts.startsWith(metric.unit === '' ? `${type}.` : `${type}, ${metric.unit}.`)).toBe(true)
    const labels = [...facts.matchAll(/`(\w+)`/g)].map(([, label]) => label)
    const samples = [...metric.samples(expositionInput())].filter((sample) => sample !== NOTHING_YET)
    expect(samples.length).toBeGreaterThan(0)
    const used = new Set(samples.flatMap(({ labels: each }) => Object.keys(each)))
    expect([...used].sort()).toEqual([...new Set(labels)].sort())
  })

  it('carry their unit', () => {
    for (const [name, { unit, type }] of Object.entries(METRICS)) {
      const base = name.replace(/_total$/, '')
      expect(type === 'counter').toBe(name.endsWith('_total'))
      if (unit !== '') expect(base.endsWith(`_${unit}`)).toBe(true)
    }
  })
})

describe('exposition', () => {
  it('pauses while it walks operations that it has nothing to write of', () => {
    let walked = 0
    const silent = { ...operationView({ operation: 'GET /' }), series: [] }
    const operations = {
      *[Symbol.iterator]() {
        for (let n = 0; n < 1000; n++) {
          walked++
          yield silent
        }
      },
    }
    let most = 0
    let before = 0
    for (const _chunk of exposition({ ...expositionInput(), operations }, 'prometheus')) {
      most = Math.max(most, walked - before)
      before = walked
    }
    expect(walked).toBe(3000)
    expect(most).toBeLessThanOrEqual(32)
  })

  it('shows pools by state, and the sockets of agents by host', () => {
    const families = parseExposition([...exposition(expositionInput(), 'prometheus')].join(''), 'prometheus')
    const of = (name: string) =>
      families.find((family) => family.name === name)?.samples.map(({ labels, value }) => [labels, value])
    const pool = { db_client_connection_pool_name: 'pg 127.0.0.1:5432/shop' }
    expect(of('db_client_connections')).toEqual([
      [{ ...pool, db_client_connection_state: 'idle' }, 1],
      [{ ...pool, db_client_connection_state: 'used' }, 3],
    ])
    expect(of('db_client_connection_max')).toEqual([[pool, 10]])
    expect(of('db_client_connection_pending_requests')).toEqual([[pool, 2]])
    expect(of('http_client_pending_requests')).toEqual([
      [{ server_address: 'api.local', server_port: '8080' }, 2],
      [{ server_address: 'api.local' }, 2],
    ])
    expect(of('process_open_file_descriptors')).toEqual([[{}, 42]])
  })

  it('asks for the components of a metric where it can, and writes the same', () => {
    const input = expositionInput()
    const all = [...input.operations]
    const operationsOf = (wants: (component: string) => boolean) => all.filter(({ component }) => wants(component))
    const text = [...exposition({ ...input, operations: all }, 'openmetrics')].join('')
    expect([...exposition({ ...input, operations: [], operationsOf }, 'openmetrics')].join('')).toBe(text)
  })

  it('writes a request as OpenTelemetry names it, in buckets of seconds', () => {
    const text = [...exposition(expositionInput(), 'prometheus')].join('')
    const labels = 'http_request_method="GET",http_route="/orders",http_response_status_code="200"'
    expect(text).toContain(`# TYPE ${HTTP} histogram\n${HTTP}_bucket{${labels},le="0.005"} 1\n`)
    expect(text).toContain(`${HTTP}_bucket{${labels},le="0.1"} 3\n`)
    expect(text).toContain(`${HTTP}_sum{${labels}} 0.114\n${HTTP}_count{${labels}} 3\n`)
    expect(text).toContain('le="10"} ')
  })

  it('writes OpenMetrics with units, families without suffixes and float bounds', () => {
    const text = [...exposition(expositionInput(), 'openmetrics')].join('')
    expect(text).toContain('# TYPE perf_monitor_faults counter\nperf_monitor_faults_total 1\n')
    expect(text).toContain('# TYPE system_network_io_bytes counter\n# UNIT system_network_io_bytes bytes\n')
    expect(text).toContain('# TYPE target info\ntarget_info{service_name="shop-api",service_version="2.3.1",')
    expect(text).toContain('le="1.0"} ')
    expect(text.endsWith('\n# EOF\n')).toBe(true)
  })

  it('has the content types of the formats', () => {
    expect(EXPOSITION_CONTENT_TYPES.prometheus).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(EXPOSITION_CONTENT_TYPES.openmetrics).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  })

  it.each([
    ['GET (unmatched)', { http_request_method: 'GET' }],
    ['_OTHER (unmatched)', { http_request_method: '_OTHER', http_route: '(unmatched)' }],
    ['(other)', { http_request_method: '_OTHER', http_route: '(other)' }],
    ['job without a method', { http_request_method: '_OTHER', http_route: 'job without a method' }],
    ['GET /a b', { http_request_method: 'GET', http_route: '/a b' }],
  ])('names the route of %s', (operation, labels) => {
    const given = { ...labels } as Record<string, string>
    if (given.http_route === '(unmatched)') delete given.http_route
    expect(counts(families([operationView({ operation })]), HTTP)).toEqual([
      [{ ...given, http_response_status_code: '200' }, 20],
    ])
  })

  it('adds up what has the same labels: two outcomes of a status code, two names of a route', () => {
    const durations = exactHistogram([1, 20_000])
    const twice = (['success', 'failure'] as const).map((outcome) => ({ outcome, statusCode: 200, durations }))
    const view = { ...operationView({ operation: 'GET /' }), series: twice }
    const parsed = families([view, operationView({ operation: 'x' }), operationView({ operation: '_OTHER x' })])
    expect(counts(parsed, HTTP).map(([, count]) => count)).toEqual([4, 40])
    const sums = parsed.find(({ name }) => name === HTTP)?.samples.filter(({ name }) => name.endsWith('_sum'))
    expect(sums?.map(({ value }) => value)).toEqual([40.002, 0.4])
  })

  it.each([
    ['GET api.example.com', { server_address: 'api.example.com' }],
    ['GET api.example.com:8443', { server_address: 'api.example.com', server_port: '8443' }],
    ['GET [::1]:80', { server_address: '[::1]', server_port: '80' }],
  ])('names the server of %s, and a request without an answer', (operation, address) => {
    const view = operationView({ component: 'http-client', operation, count: 10, failedCount: 2, abortedCount: 1 })
    const labels = { http_request_method: 'GET', ...address }
    expect(counts(families([view]), 'http_client_request_duration_seconds')).toEqual([
      [labels, 7],
      [{ ...labels, error_type: 'aborted' }, 1],
      [{ ...labels, error_type: '_OTHER' }, 2],
    ])
  })

  it('keeps every name readable back', () => {
    const names = NASTY_NAMES.filter((name) => name !== '')
    const views = names.map((operation) => operationView({ component: 'jobs', operation }))
    const read = counts(families(views), 'perf_operation_duration_seconds').map(([labels]) => labels.operation)
    expect(read).toEqual(names)
  })

  it('walks an iterator that can be walked only once', () => {
    const all = [operationView({ operation: 'GET /' }), operationView({ component: 'db', operation: 'SELECT' })]
    const parsed = families(all.values())
    expect(counts(parsed, HTTP)).toHaveLength(1)
    expect(counts(parsed, 'perf_operation_duration_seconds')).toHaveLength(1)
  })

  it('turns percent into ratio and ms into seconds, and leaves out what is null', () => {
    const input = expositionInput({
      runtime: runtime({ eventLoopUtilizationPercent: 33, threadPoolDelayMs: null }),
      system: system({ cpuUsagePercent: null, networkLatencyMs: 12.3, pressure: { cpu: 1.5, memory: null, io: 0 } }),
    })
    const values = new Map(
      parseExposition([...exposition(input, 'prometheus')].join(''), 'prometheus').flatMap(({ samples }) =>
        samples.map(({ name, labels, value }) => [`${name}${labels.resource ?? ''}`, value] as const),
      ),
    )
    expect(values.get('nodejs_eventloop_utilization_ratio')).toBe(0.33)
    expect(values.get('nodejs_eventloop_delay_p99_seconds')).toBe(0.0025)
    expect(values.get('system_network_connect_seconds')).toBe(0.0123)
    expect(values.get('system_pressure_ratiocpu')).toBe(0.015)
    expect(values.get('system_pressure_ratioio')).toBe(0)
    for (const absent of [
      'nodejs_threadpool_delay_seconds',
      'system_cpu_utilization_ratio',
      'system_pressure_ratiomemory',
    ]) {
      expect(values.has(absent)).toBe(false)
    }
  })

  it('adds the states of a file system up to its size, and gives a mount point one series', () => {
    const [disk] = system().disks ?? []
    if (disk === undefined) throw new Error('no disk')
    const mounted = { ...disk, totalBytes: 100, usedBytes: 60, availableBytes: 35 }
    const input = expositionInput({ system: system({ disks: [disk, mounted] }) })
    const states = parseExposition([...exposition(input, 'prometheus')].join(''), 'prometheus')
      .find(({ name }) => name === 'system_filesystem_usage_bytes')
      ?.samples.map(({ labels, value }) => [labels.system_filesystem_state, value])
    expect(states).toEqual([
      ['used', 60],
      ['free', 35],
      ['reserved', 5],
    ])
  })
})

function families(operations: Iterable<OperationView>): ParsedFamily[] {
  return parseExposition([...exposition(expositionInput({ operations }), 'prometheus')].join(''), 'prometheus')
}

/** Labels and counts of a histogram's series. */
function counts(parsed: readonly ParsedFamily[], name: string): [labels: Record<string, string>, count: number][] {
  const samples = parsed.find((family) => family.name === name)?.samples ?? []
  return samples.filter((sample) => sample.name === `${name}_count`).map(({ labels, value }) => [labels, value])
}
