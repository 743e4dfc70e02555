import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { PerformanceMonitor, type Trace } from '@perf-monitor/core'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { BasicTracerProvider as BasicTracerProvider1 } from 'sdk-trace-base-1'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BridgeOptions, PerfMonitorSpanProcessor, recordAll } from '../src/index.js'
import { metricsOf, namesOf, tracerOf, useContext } from './tracer.js'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

let contexts: { stop: () => void }
let monitor: PerformanceMonitor
let processor: PerfMonitorSpanProcessor

beforeAll(() => {
  contexts = useContext()
})
afterAll(() => contexts.stop())

beforeEach(async () => {
  monitor = new PerformanceMonitor({ logger: quiet, enableIoMonitoring: false, stallThresholdMs: 0 })
  await monitor.start()
})

afterEach(async () => {
  await processor.shutdown()
  await monitor.stop()
})

function bridge(options?: BridgeOptions): PerfMonitorSpanProcessor {
  processor = new PerfMonitorSpanProcessor(monitor, options)
  return processor
}

const childrenOf = (component: string, operation: string) =>
  metricsOf(monitor, component, operation).children.map(({ component, operation, callsPerParent, totalMs }) => ({
    name: `${component} ${operation}`,
    calls: callsPerParent,
    totalMs: Math.round(totalMs),
  }))

describe('PerfMonitorSpanProcessor', () => {
  it('is a span processor of both SDKs', () => {
    const current: SpanProcessor = bridge()
    new BasicTracerProvider1({ spanProcessors: [processor] }).getTracer('old').startSpan('a 1.x span').end()
    tracerOf(current).startSpan('a 2.x span').end()
    expect(namesOf(monitor)).toEqual(['old a ?.x span', 'test a ?.x span'])
  })

  it('takes duration and failure from the span itself', () => {
    const tracer = tracerOf(bridge(), 'jobs')
    const start = Date.now()
    tracer.startSpan('import', { startTime: start }).end(start + 250)
    const failed = tracer.startSpan('import', { startTime: start })
    failed.setStatus({ code: SpanStatusCode.ERROR })
    failed.end(start + 750)
    const metrics = metricsOf(monitor, 'jobs', 'import')
    expect(metrics).toMatchObject({ count: 2, failedCount: 1, active: 0 })
    expect(metrics.minDurationMs).toBeCloseTo(250, 3)
    expect(metrics.maxDurationMs).toBeCloseTo(750, 3)
  })

  it('builds the tree by the parents of OpenTelemetry, with times of their own that overlap', () => {
    const tracer = tracerOf(bridge(), 'jobs')
    const at = Date.now() - 1000
    const parent = tracer.startSpan('import', { startTime: at })
    const inParent = trace.setSpan(context.active(), parent)
    const child = (name: string, from: number, to: number) =>
      tracer.startSpan(name, { startTime: at + from }, inParent).end(at + to)
    child('read', 100, 300)
    child('read', 200, 400) // overlaps the one before: together 300 ms
    child('write', 600, 700)
    parent.end(at + 1000)
    const metrics = metricsOf(monitor, 'jobs', 'import')
    expect(metrics.averageDurationMs).toBeCloseTo(1000, 3)
    expect(metrics.selfMs).toBeGreaterThan(599)
    expect(metrics.selfMs).toBeLessThan(612) // the two clocks are read one after the other
    expect(childrenOf('jobs', 'import')).toEqual([
      { name: 'jobs read', calls: 2, totalMs: 400 },
      { name: 'jobs write', calls: 1, totalMs: 100 },
    ])
  })

  it('names requests by their route, which is known only at the end', () => {
    const tracer = tracerOf(bridge())
    const request = tracer.startSpan('GET', {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': 'GET', 'url.path': '/orders/7' },
    })
    tracer
      .startSpan(
        'pg.query:SELECT shop',
        {
          kind: SpanKind.CLIENT,
          attributes: { 'db.system.name': 'postgresql', 'db.query.text': "SELECT * FROM t WHERE a = 'secret'" },
        },
        trace.setSpan(context.active(), request),
      )
      .end()
    request.setAttributes({ 'http.route': '/orders/:id', 'http.response.status_code': 503 })
    request.end()
    const metrics = metricsOf(monitor, 'http', 'GET /orders/:id')
    expect(metrics).toMatchObject({ count: 1, failedCount: 1, statusCodes: { 503: 1 }, active: 0 })
    expect(childrenOf('http', 'GET /orders/:id')).toMatchObject([{ name: 'db SELECT * FROM t WHERE a = ?', calls: 1 }])
    expect(namesOf(monitor)).not.toContain('http GET (unmatched)')
  })

  it('is one tree with what the monitor measures: spans in runs, runs in spans', async () => {
    const tracer = tracerOf(bridge(), 'jobs')
    await monitor.track('worker', 'outer', async () => {
      await tracer.startActiveSpan('middle', async (span) => {
        await monitor.track('worker', 'inner', async () => {
          tracer.startActiveSpan('innermost', (deep) => deep.end())
        })
        span.end()
      })
    })
    expect(childrenOf('worker', 'outer')).toMatchObject([{ name: 'jobs middle', calls: 1 }])
    expect(childrenOf('jobs', 'middle')).toMatchObject([{ name: 'worker inner', calls: 1 }])
    expect(childrenOf('worker', 'inner')).toMatchObject([{ name: 'jobs innermost', calls: 1 }])
    for (const [component, operation] of [
      ['worker', 'outer'],
      ['jobs', 'middle'],
      ['worker', 'inner'],
    ] as const) {
      const { selfMs, averageDurationMs } = metricsOf(monitor, component, operation)
      expect(selfMs).toBeGreaterThanOrEqual(0)
      expect(selfMs).toBeLessThanOrEqual(averageDurationMs as number)
    }
  })

  it('keeps traces under the ids of OpenTelemetry, with the error that a span noted', async () => {
    const tracer = tracerOf(bridge(), 'jobs')
    const ids = await tracer.startActiveSpan('import', async (span) => {
      await monitor.track('store', 'load', async () => {})
      span.recordException(new TypeError('order 17 is broken'))
      span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
      return span.spanContext()
    })
    const app = express().use(perfMonitor(monitor))
    const server = await new Promise<Server>((resolve) => {
      const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
    })
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}/perf/traces?component=jobs`)
    const { traces } = (await answer.json()) as { traces: Trace[] }
    server.closeAllConnections()
    server.close()
    expect(traces).toMatchObject([
      {
        operation: 'import',
        outcome: 'failure',
        traceId: ids.traceId,
        parentSpanId: ids.spanId,
        error: { class: 'TypeError', message: 'order <n> is broken' },
        spans: [{ component: 'store', operation: 'load', parent: null }],
      },
    ])
    expect(traces[0]?.error?.location?.file).toMatch(/processor\.test\.ts$/)
  })

  it('gives a child that ends after its parent to the parent as a call', () => {
    const tracer = tracerOf(bridge(), 'jobs')
    const parent = tracer.startSpan('accept')
    const child = tracer.startSpan('later', {}, trace.setSpan(context.active(), parent))
    parent.end()
    child.end()
    expect(childrenOf('jobs', 'accept')).toMatchObject([{ name: 'jobs later', calls: 1 }])
    expect(processor.stats).toMatchObject({ counted: 2, open: 0 })
  })

  it('calls what wraps queries by its own name, so that component db counts each query once', () => {
    const wrapper = tracerOf(bridge(), '@opentelemetry/instrumentation-knex')
    const attributes = { 'db.system': 'mssql', 'db.statement': 'select 1' }
    const outer = wrapper.startSpan('select', { kind: SpanKind.CLIENT, attributes })
    wrapper.startSpan('q', { kind: SpanKind.CLIENT, attributes }, trace.setSpan(context.active(), outer)).end()
    outer.end()
    expect(namesOf(monitor)).toEqual(['db select ?', 'knex select'])
  })

  it('leaves out what the monitor or the app says', () => {
    const tracer = tracerOf(bridge({ ignore: ({ name }) => name.startsWith('fs ') }), 'app')
    tracer.startActiveSpan('fs stat', (span) => {
      tracer.startSpan('kept').end()
      span.end()
    })
    const own = { kind: SpanKind.SERVER, attributes: { 'http.request.method': 'GET', 'url.path': '/perf/metrics' } }
    tracer.startSpan('GET', own).end()
    const call = { kind: SpanKind.CLIENT, attributes: { 'http.request.method': 'GET', 'server.address': 'a.example' } }
    tracerOf(processor, '@opentelemetry/instrumentation-http').startSpan('GET', call).end()
    expect(namesOf(monitor)).toEqual(['app kept'])
    expect(processor.stats).toMatchObject({ counted: 1, skipped: 3 })
  })

  it('counts a call once that one instrumentation wraps twice', () => {
    bridge({ skipMeasured: false })
    const tracer = tracerOf(processor, '@opentelemetry/instrumentation-http')
    const call = { kind: SpanKind.CLIENT, attributes: { 'http.request.method': 'GET', 'server.address': 'a.example' } }
    tracer.startActiveSpan('GET', call, (outer) => {
      tracer.startActiveSpan('GET', call, (inner) => {
        tracer.startSpan('dns').end()
        inner.end()
      })
      outer.end()
    })
    expect(metricsOf(monitor, 'http-client', 'GET a.example').count).toBe(1)
    expect(childrenOf('http-client', 'GET a.example')).toMatchObject([{ name: 'otel-http dns', calls: 1 }])
  })

  it('counts everything when told so', () => {
    bridge({ skipMeasured: false })
    const call = { kind: SpanKind.CLIENT, attributes: { 'http.request.method': 'GET', 'server.address': 'a.example' } }
    tracerOf(processor, '@opentelemetry/instrumentation-http').startSpan('GET', call).end()
    expect(namesOf(monitor)).toEqual(['http-client GET a.example'])
  })

  it('gives up spans that never end, and says so at /health', () => {
    const tracer = tracerOf(bridge({ maxOpenSpans: 100 }), 'leak')
    const kept: Span[] = []
    for (let i = 0; i < 5000; i++) kept.push(tracer.startSpan('never ended'))
    expect(processor.stats).toMatchObject({ open: 100, abandoned: 4900 })
    expect(monitor.guard.faults.map(({ part }) => part)).toContain('opentelemetry')
    expect(monitor.operation('leak', 'never ended').active).toBe(100)
    for (const span of kept) span.end() // late: those given up are not counted
    expect(metricsOf(monitor, 'leak', 'never ended')).toMatchObject({ count: 100, active: 0 })
  })

  it('bounds names, whatever they are', () => {
    const tracer = tracerOf(bridge(), 'hostile')
    const letters = (i: number) => [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
    for (let i = 0; i < 10_000; i++) tracer.startSpan(`span ${letters(i)}`).end()
    for (let i = 0; i < 10_000; i++) tracer.startSpan(`GET /users/${i}?token=${i}`).end()
    const { hostile } = monitor.getSnapshot().componentMetrics
    expect(Object.keys(hostile?.operationBreakdown ?? {})).toHaveLength(1001)
    expect(hostile?.operationBreakdown['(other)']?.count).toBe(19_000)
    expect(processor.stats).toMatchObject({ counted: 20_000, open: 0, folded: expect.any(Number) })
  })

  it('records no time that is none', () => {
    bridge()
    const base = {
      kind: 0,
      status: { code: 0 },
      attributes: {},
      startTime: [Number.NaN, 0],
      instrumentationScope: { name: 'odd' },
    }
    let id = 0
    for (const duration of [[-5, 0], [Number.NaN, 0], [Number.POSITIVE_INFINITY, 0], undefined, 'soon', [1, 0]]) {
      const spanContext = { traceId: 't', spanId: String(id++) }
      const span = { ...base, name: 'odd', duration, spanContext: () => spanContext }
      processor.onStart(span as never)
      processor.onEnd(span as never)
      processor.onEnd(span as never) // twice
    }
    expect(metricsOf(monitor, 'odd', 'odd')).toMatchObject({ count: 1, averageDurationMs: 1000, active: 0 })
    expect(monitor.tracker.rejectedDurations).toBe(5)
  })

  it('contains spans that are broken', () => {
    bridge()
    const broken = [
      {},
      { spanContext: () => null },
      {
        spanContext: () => {
          throw new Error('no context')
        },
      },
    ]
    for (const span of broken) {
      expect(() => processor.onStart(span as never)).not.toThrow()
      expect(() => processor.onEnd(span as never)).not.toThrow()
    }
    expect(monitor.guard.total).toBe(6)
  })

  it('counts what a sampler drops, when that is recorded', () => {
    const exported = new InMemorySpanExporter()
    const sampler: Sampler = recordAll(new AlwaysOffSampler())
    const spanProcessors = [bridge(), new SimpleSpanProcessor(exported)]
    const tracer = new BasicTracerProvider({ sampler, spanProcessors }).getTracer('jobs')
    tracer.startSpan('import').end()
    expect(metricsOf(monitor, 'jobs', 'import').count).toBe(1)
    expect(exported.getFinishedSpans()).toEqual([])
  })

  it('is silent once shut down, and lets go of the monitor', async () => {
    const tracer = tracerOf(bridge(), 'jobs')
    const open = tracer.startSpan('import')
    await processor.shutdown()
    open.end()
    tracer.startSpan('import').end()
    expect(namesOf(monitor)).toEqual([])
    expect(monitor.tracker.foreign).toBeNull()
    expect(monitor.running).toBe(true) // it was given, not made
  })

  it('refuses the scope to a second one, and says so', () => {
    bridge()
    const first = monitor.tracker.foreign
    const second = new PerfMonitorSpanProcessor(monitor)
    expect(monitor.tracker.foreign).toBe(first)
    expect(monitor.guard.faults[0]?.lastError).toMatch(/second span processor/)
    void second.shutdown()
    expect(monitor.tracker.foreign).toBe(first)
  })
})
