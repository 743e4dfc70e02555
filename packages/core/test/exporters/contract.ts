// The contract kit of exporters: one set of inputs that every one of them must survive. A new exporter's test calls it once.
import { describe, expect, it } from 'vitest'
import type { ExpositionInput } from '../../src/exporters/metric.js'
import type { PerformanceReport } from '../../src/types/report.js'
import type { OperationView, PerformanceHistory } from '../../src/types/window.js'
import { operationView } from '../helpers/window.js'
import * as make from './reports.js'

const MAX_CHUNK_CHARS = 128 * 1024
const TIMEOUT_MS = 120_000 // reading ten thousand operations back with strict parsers takes seconds on a busy machine
export const MANY = 10_000

export interface ContractCase {
  name: string
  report: PerformanceReport
  history: PerformanceHistory
  exposition: ExpositionInput
}

export interface ExporterUnderTest {
  run(input: ContractCase): Iterable<string>
  /** What makes the text well-formed in its format, and true to its input. */
  check(text: string, input: ContractCase): void
}

export const CASES: readonly (() => ContractCase)[] = [plain, empty, noOperations, unmeasured, nonFinite, nasty, many]

export function exporterContract(name: string, exporter: ExporterUnderTest): void {
  describe(`${name} keeps the contract of exporters`, () => {
    it.each(CASES.map((build) => [build.name, build] as const))(
      '%s',
      (_name, build) => {
        const input = build()
        const chunks = [...exporter.run(input)]
        for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(MAX_CHUNK_CHARS)
        // each chunk is encoded by itself: no surrogate pair may be cut in two
        expect(chunks.filter((chunk) => /^[\udc00-\udfff]|[\ud800-\udbff]$/.test(chunk))).toEqual([])
        exporter.check(chunks.join(''), input)
      },
      TIMEOUT_MS,
    )

    it('gives the same text again, and leaves its input alone', () => {
      const input = plain()
      const before = JSON.stringify(input.report)
      expect([...exporter.run(input)].join('')).toBe([...exporter.run(input)].join(''))
      expect(JSON.stringify(input.report)).toBe(before)
    })
  })
}

function plain(): ContractCase {
  const exposition = make.expositionInput()
  return {
    name: 'plain',
    report: make.report(),
    history: make.history({ http: { 'GET /orders': make.operationHistory(3) } }),
    exposition,
  }
}

function empty(): ContractCase {
  const snapshot = make.snapshot({ componentMetrics: {}, systemMetrics: null, runtimeMetrics: null })
  return {
    name: 'empty',
    report: make.report({ snapshot, alerts: [], bottlenecks: [], recommendations: [] }),
    history: make.history({}, 0),
    exposition: make.expositionInput({ system: null, runtime: null, operations: [], counters: undefined }),
  }
}

function noOperations(): ContractCase {
  const snapshot = make.snapshot({ componentMetrics: { http: make.component({}) } })
  return {
    ...plain(),
    name: 'noOperations',
    report: make.report({ snapshot }),
    exposition: make.expositionInput({ operations: [] }),
  }
}

/** Every figure that may be null is. */
function unmeasured(): ContractCase {
  const snapshot = make.snapshot()
  snapshot.systemMetrics = replaceNumbers({ ...make.system(), disks: null, loadAverage: null, container: null }, null)
  snapshot.runtimeMetrics = replaceNumbers({ ...make.runtime(), activeResources: null }, null)
  const nothing = replaceNumbers(make.operationMetrics({ children: [] }), null)
  const operation = {
    ...nothing,
    count: 0,
    successfulCount: 0,
    failedCount: 0,
    abortedCount: 0,
    active: 1,
    lastUpdated: null,
  }
  snapshot.componentMetrics = { http: make.component({ 'GET /': operation }) }
  snapshot.service = { ...snapshot.service, version: null }
  const { systemMetrics: system, runtimeMetrics: runtime, service } = snapshot
  const operations = [operationView({ operation: 'GET /', durations: [], active: 1 })]
  const counters = { cpuUserSeconds: null, cpuSystemSeconds: null, gc: null }
  const exposition = make.expositionInput({
    system,
    runtime,
    service,
    operations,
    counters,
    pools: [],
    openFiles: null,
  })
  const finding = make.bottleneck({ component: null, operation: null, location: null, evidence: [] })
  const advice = make.recommendation({ estimatedImpact: null, component: null, operation: null })
  const report = make.report({ snapshot, bottlenecks: [finding], recommendations: [advice] })
  return { name: 'unmeasured', report, history: make.history(), exposition }
}

/** NaN and the infinities wherever a number stands: what a broken collector would give. */
function nonFinite(): ContractCase {
  const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let next = 0
  const pick = () => bad[next++ % bad.length] as number
  const report = replaceNumbers(make.report(), pick)
  const history = replaceNumbers(make.history(), pick)
  const exposition = make.expositionInput({
    system: replaceNumbers(make.system(), pick),
    runtime: replaceNumbers(make.runtime(), pick),
    monitor: replaceNumbers(make.expositionInput().monitor, pick),
  })
  return { name: 'nonFinite', report, history, exposition }
}

/** Names from outside wherever a name stands. */
function nasty(): ContractCase {
  const operations = Object.fromEntries(make.NASTY_NAMES.map((name) => [name, make.operationMetrics()]))
  Object.defineProperty(operations, '__proto__', { value: make.operationMetrics(), enumerable: true })
  const children = make.NASTY_NAMES.map((name) => ({ ...child(), operation: name }))
  const snapshot = make.snapshot({
    componentMetrics: {
      http: make.component({ ...operations, 'GET /': make.operationMetrics({ children }) }),
      ...Object.fromEntries(make.NASTY_NAMES.slice(1).map((name) => [name, make.component(operations)])),
    },
  })
  snapshot.service = { ...snapshot.service, name: '</script><h1>"shop"\n=1' }
  snapshot.systemMetrics = make.system({
    disks: make.NASTY_NAMES.map((mount) => ({ ...(make.system().disks?.[0] as DiskOf), mount })),
  })
  const report = make.report({
    snapshot,
    alerts: make.NASTY_NAMES.map((message) => make.alert({ message, operation: message })),
    bottlenecks: make.NASTY_NAMES.map((title) =>
      make.bottleneck({ title, description: title, operation: title, id: title }),
    ),
    recommendations: make.NASTY_NAMES.map((title) =>
      make.recommendation({ title, description: title, bottleneckId: title }),
    ),
  })
  const views: OperationView[] = ['http', 'http-client', 'db', ...make.NASTY_NAMES].flatMap((component) =>
    make.NASTY_NAMES.map((operation) => operationView({ component, operation, failedCount: 3 })),
  )
  const exposition = make.expositionInput({
    system: snapshot.systemMetrics,
    service: snapshot.service,
    operations: views,
  })
  const names = Object.fromEntries(make.NASTY_NAMES.map((name) => [name, make.operationHistory(2)]))
  return { name: 'nasty', report, history: make.history({ http: names }, 2), exposition }
}

type DiskOf = NonNullable<NonNullable<ReturnType<typeof make.system>['disks']>[number]>

function child() {
  return { component: 'db', operation: 'SELECT', callsPerParent: 1.5, totalMs: 10, sharePercent: 10 }
}

export function many(): ContractCase {
  const operations = make.manyOperations(MANY)
  const snapshot = make.snapshot({ componentMetrics: { http: make.component(operations) } })
  const views = Object.keys(operations).map((operation) => operationView({ operation, durations: [1, 5, 20, 300] }))
  const perOperation = Object.fromEntries(Object.keys(operations).map((name) => [name, make.operationHistory(10)]))
  return {
    name: 'many',
    report: make.report({ snapshot }),
    history: make.history({ http: perOperation }, 10),
    exposition: make.expositionInput({ operations: views }),
  }
}

function replaceNumbers<T>(value: T, by: null | (() => number)): T {
  if (typeof value === 'number') return (by === null ? null : by()) as T
  if (Array.isArray(value)) return value.map((item) => replaceNumbers(item, by)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaceNumbers(inner, by)])) as T
}
