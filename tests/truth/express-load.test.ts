// Known outcomes and durations in, the same counts and quantiles out. Time is a clock that handlers advance, so that every
// duration is known to the last digit; requests then run one after another.
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ManualClock, type OperationMetrics, PerformanceMonitor } from '@perf-monitor/core'
import { perfMonitor } from '@perf-monitor/express'
import express5, { type ErrorRequestHandler } from 'express'
import express4 from 'express-4'
import { afterEach, describe, expect, it } from 'vitest'

const REQUESTS = 10_000
const ROUTES = 12
const QUIET = { info() {}, warn() {}, error() {} }

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Deterministic uniform numbers in [0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

async function listen(app: express5.Express): Promise<number> {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return (server.address() as AddressInfo).port
}

async function get(port: number, path: string, agent: Agent): Promise<number> {
  const [response] = await once(request({ port, host: '127.0.0.1', path, agent }).end(), 'response')
  response.resume()
  await once(response, 'end')
  return response.statusCode
}

function exactQuantile(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number
}

describe.each([
  ['4', express4],
  ['5', express5],
])('Express %s under a scripted load', (_version, express) => {
  it('has exact counts, and quantiles within 1 %', async () => {
    const clock = new ManualClock()
    const app = express()
    const perf = perfMonitor({ clock, auth: false, logger: QUIET })
    closers.push(() => perf.monitor.stop())
    app.use(perf)
    for (let route = 0; route < ROUTES; route++) {
      const router = express.Router({ mergeParams: true })
      router.get('/:item', (req, res) => {
        clock.advance(Number(req.query.ms))
        if (req.query.fail) throw new Error('planted')
        res.sendStatus(Number(req.query.status))
      })
      app.use(`/route${route}/:group`, router)
    }
    const answer: ErrorRequestHandler = (_error, _req, res, _next) => void res.sendStatus(500)
    app.use(answer)
    const port = await listen(app)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    closers.push(async () => agent.destroy())

    const random = randomNumbers(11)
    const expected = Array.from({ length: ROUTES }, () => ({
      durations: [] as number[],
      failed: 0,
      codes: {} as Record<string, number>,
    }))
    for (let n = 0; n < REQUESTS; n++) {
      const route = Math.floor(random() * ROUTES)
      const ms = Math.exp(1 + 0.25 * route + 1.5 * (random() + random() - 1))
      const kind = random()
      const status = kind < 0.05 ? 500 : kind < 0.1 ? 404 : kind < 0.12 ? 503 : 200
      const query = kind < 0.05 ? 'fail=1' : `status=${status}`
      expect(await get(port, `/route${route}/g${n}/${n}?ms=${ms}&${query}`, agent)).toBe(status)
      const facts = expected[route] as (typeof expected)[number]
      facts.durations.push(ms)
      if (status >= 500) facts.failed++
      facts.codes[status] = (facts.codes[status] ?? 0) + 1
      if (n % 1000 === 0) await perf.monitor.sample() // closed intervals and the open one must add up
    }
    const http = perf.monitor.getSnapshot().componentMetrics.http
    expect(http?.totalOperations).toBe(REQUESTS)
    expect(http?.failedOperations).toBe(expected.reduce((sum, { failed }) => sum + failed, 0))
    expect(Object.keys(http?.operationBreakdown ?? {}).sort()).toEqual(
      Array.from({ length: ROUTES }, (_, route) => `GET /route${route}/:group/:item`).sort(),
    )
    for (const [route, { durations, failed, codes }] of expected.entries()) {
      const measured = http?.operationBreakdown[`GET /route${route}/:group/:item`] as OperationMetrics
      expect(measured).toMatchObject({
        count: durations.length,
        failedCount: failed,
        abortedCount: 0,
        statusCodes: codes,
      })
      expect(measured.successfulCount).toBe(durations.length - failed)
      for (const [q, value] of [
        [0.5, measured.p50Ms],
        [0.9, measured.p90Ms],
        [0.95, measured.p95Ms],
        [0.99, measured.p99Ms],
      ] as const) {
        const exact = exactQuantile(durations, q)
        expect(Math.abs((value as number) / exact - 1), `route ${route} q ${q}`).toBeLessThanOrEqual(0.01)
      }
      const sum = durations.reduce((total, ms) => total + ms, 0)
      expect((measured.averageDurationMs as number) * durations.length).toBeCloseTo(sum, 3)
      expect(measured.minDurationMs).toBeCloseTo(Math.min(...durations), 6)
      expect(measured.maxDurationMs).toBeCloseTo(Math.max(...durations), 6)
    }
  })

  it('loses no request among many at a time', async () => {
    const app = express()
    const perf = perfMonitor({ auth: false, logger: QUIET })
    closers.push(() => perf.monitor.stop())
    app.use(perf)
    app.get('/ok/:id', async (_req, res) => {
      await new Promise((resolve) => setImmediate(resolve))
      res.json({ ok: true })
    })
    app.get('/fail/:id', (_req, res) => void setImmediate(() => res.sendStatus(503)))
    const port = await listen(app)
    const agent = new Agent({ keepAlive: true, maxSockets: 50 })
    closers.push(async () => agent.destroy())
    await Promise.all(Array.from({ length: 3000 }, (_, n) => get(port, n % 3 === 0 ? `/fail/${n}` : `/ok/${n}`, agent)))
    // the last response has ended for the client a moment before it closes for the server
    while (perf.monitor.tracker.activeRequests > 0) await new Promise((resolve) => setImmediate(resolve))
    const breakdown = perf.monitor.getSnapshot().componentMetrics.http?.operationBreakdown
    expect(breakdown?.['GET /ok/:id']).toMatchObject({ count: 2000, failedCount: 0, active: 0 })
    expect(breakdown?.['GET /fail/:id']).toMatchObject({ count: 1000, failedCount: 1000, active: 0 })
  })
})

describe('a monitor without a framework', () => {
  it('reads the same figures since start, over a window and from a report', async () => {
    const clock = new ManualClock()
    const monitor = new PerformanceMonitor({ clock, logger: QUIET })
    closers.push(() => monitor.stop())
    await monitor.start()
    for (let second = 0; second < 120; second++) {
      for (let n = 0; n < 10; n++) monitor.recordOperation('job', 'x', 1 + n, n !== 9)
      clock.advance(1000)
      await monitor.sample()
    }
    const since = monitor.getSnapshot().componentMetrics.job
    expect(since).toMatchObject({ totalOperations: 1200, failedOperations: 120, errorRatePercent: 10 })
    expect(since?.operationsPerSecond).toBeCloseTo(10, 1)
    const report = JSON.parse(await monitor.exportReport('json', { windowMs: 30_000 }))
    expect(report.snapshot.componentMetrics.job).toMatchObject({ totalOperations: 300, failedOperations: 30 })
    const history = await monitor.getHistory({ stepMs: 60_000 })
    expect(history.operations.job?.x?.count.reduce((sum: number, n) => sum + (n ?? 0), 0)).toBe(1200)
  })
})
