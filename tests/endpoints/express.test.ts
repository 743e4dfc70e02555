// The endpoints as a client of a real app meets them; every row of method, path, query, Accept and credentials is in core's own
// table (packages/core/test/http), here is that the parts fit together.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PerformanceConfig, PerformanceMonitor, type PerformanceSnapshot, type Trace } from '@perf-monitor/core'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'

const QUIET = { info() {}, warn() {}, error() {} }
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function shop(config: PerformanceConfig = {}) {
  const app = express()
  const perf = perfMonitor({ logger: QUIET, collectionIntervalMs: 3_600_000, ...config })
  app.use(perf)
  app.use(express.json())
  app.get('/items/:id', async (_req, res) => {
    await perf.monitor.track('db', 'SELECT * FROM items WHERE id = ?', async () => undefined)
    res.json({ ok: true })
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    await perf.monitor.stop()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (let n = 0; n < 20; n++) await (await fetch(`${url}/items/${n}`)).text()
  await perf.monitor.sample()
  return { url, monitor: perf.monitor }
}

describe('endpoints of an Express app', () => {
  it.each([
    ['/perf', 'text/html', 200, 'text/html'],
    ['/perf/', 'text/html', 200, 'text/html'],
    ['/perf/snapshot', '*/*', 200, 'application/json'],
    ['/perf/snapshot?windowMs=60000', '*/*', 200, 'application/json'],
    ['/perf/snapshot?windowMs=soon', '*/*', 400, 'application/json'],
    ['/perf/report', 'text/html,*/*;q=0.8', 200, 'text/html'],
    ['/perf/report', '*/*', 200, 'application/json'],
    ['/perf/report', 'text/csv', 200, 'text/csv'],
    ['/perf/report?format=markdown', '*/*', 200, 'text/markdown'],
    ['/perf/report?format=pdf', '*/*', 400, 'application/json'],
    ['/perf/report?from=2026-01-02&to=2026-01-01', '*/*', 400, 'application/json'],
    ['/perf/history', '*/*', 200, 'application/json'],
    ['/perf/history?step=0', '*/*', 400, 'application/json'],
    ['/perf/alerts', '*/*', 200, 'application/json'],
    ['/perf/metrics', '*/*', 200, 'text/plain'],
    ['/perf/metrics', 'application/openmetrics-text;version=1.0.0', 200, 'application/openmetrics-text'],
    ['/perf/health', '*/*', 200, 'application/json'],
    ['/perf/profiles', '*/*', 200, 'application/json'],
    ['/perf/profiles/none', '*/*', 404, 'application/json'],
    ['/perf/traces', '*/*', 200, 'application/json'],
    ['/perf/traces?component=http&operation=GET%20/items/:id&limit=5', '*/*', 200, 'application/json'],
    ['/perf/traces?limit=0', '*/*', 400, 'application/json'],
    ['/perf/traces?operation=GET%20/items/:id', '*/*', 400, 'application/json'],
    ['/perf/traces/none', '*/*', 404, 'application/json'],
    ['/perf/nothing', '*/*', 404, 'application/json'],
  ])('%s (Accept: %s) is %i %s', async (path, accept, status, type) => {
    const { url } = await shop()
    const response = await fetch(url + path, { headers: { accept } })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain(type)
    expect(response.headers.get('cache-control')).toContain('no-store')
    const body = await response.text()
    if (type === 'application/json') {
      const parsed = JSON.parse(body)
      if (status >= 400) expect(parsed).toEqual({ error: { code: expect.any(String), message: expect.any(String) } })
    }
    const head = await fetch(url + path, { method: 'HEAD', headers: { accept } })
    expect(head.status).toBe(status)
    expect(await head.text()).toBe('')
  })

  it('sends the requests that were kept, with their calls and where those were made', async () => {
    const { url } = await shop()
    const { traces } = (await (await fetch(`${url}/perf/traces?component=http`)).json()) as { traces: Trace[] }
    expect(traces.length).toBeGreaterThanOrEqual(3)
    for (const trace of traces) {
      expect(trace).toMatchObject({ component: 'http', operation: 'GET /items/:id', statusCode: 200 })
      const query = trace.spans.find(({ component }) => component === 'db')
      expect(trace.spans[query?.parent ?? -1]).toMatchObject({
        component: 'handler',
        operation: 'GET /items/:id handler',
      })
      expect(query?.site?.file).toMatch(/express\.test\.ts$/)
    }
    const [first] = traces
    expect(await (await fetch(`${url}/perf/traces/${first?.id}`)).json()).toEqual(first)
  })

  it('sends the snapshot that the monitor has, and leaves its own requests out', async () => {
    const { url, monitor } = await shop()
    const sent = (await (await fetch(`${url}/perf/snapshot`)).json()) as PerformanceSnapshot
    const own = monitor.getSnapshot()
    expect(sent.componentMetrics.http?.operationBreakdown).toEqual({
      'GET /items/:id': expect.objectContaining({ count: 20, statusCodes: { 200: 20 } }),
    })
    expect(sent.componentMetrics.db?.totalOperations).toBe(20)
    expect(sent.service).toMatchObject({ name: own.service.name, pid: process.pid, node: process.versions.node })
    expect(Object.keys(sent).sort()).toEqual(Object.keys(own).sort())
  })

  it('refuses other methods with Allow, and what came through a proxy', async () => {
    const { url } = await shop()
    const posted = await fetch(`${url}/perf/snapshot`, { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, expect.stringContaining('GET')])
    const proxied = await fetch(`${url}/perf/snapshot`, { headers: { 'x-forwarded-for': '203.0.113.7' } })
    expect(proxied.status).toBe(403)
  })

  it('asks for a token where one is configured', async () => {
    const { url } = await shop({ auth: { token: 'correct horse' } })
    expect((await fetch(`${url}/perf/snapshot`)).status).toBe(401)
    const headers = { authorization: 'Bearer correct horse' }
    expect((await fetch(`${url}/perf/snapshot`, { headers })).status).toBe(200)
    const form = await fetch(`${url}/perf`, { headers: { accept: 'text/html' } })
    expect([form.status, await form.text()]).toEqual([401, expect.stringContaining('<form')])
  })

  it('streams a sample at once, then one an interval', async () => {
    const { url, monitor } = await shop()
    const response = await fetch(`${url}/perf/stream`)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    let text = ''
    const events = async (count: number) => {
      while ((text.match(/^event: sample$/gm) ?? []).length < count) {
        const { value } = await reader.read()
        text += Buffer.from(value as Uint8Array).toString()
      }
    }
    await events(1)
    await fetch(`${url}/items/1`)
    await monitor.sample()
    await events(2)
    const last = JSON.parse(
      text
        .trim()
        .split('\n')
        .findLast((line) => line.startsWith('data: '))
        ?.slice(6) as string,
    )
    expect(last.componentMetrics.http.totalOperations).toBe(1)
    await reader.cancel()
  })

  it('mounts below the path that is configured, under the prefix that the app gives it', async () => {
    const app = express()
    const perf = perfMonitor({ logger: QUIET, path: '/internal/perf' })
    app.use('/admin', perf)
    app.get('/perf', (_req, res) => res.send('mine'))
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(async () => {
      await perf.monitor.stop()
      server.close()
      server.closeAllConnections()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect((await fetch(`${url}/admin/internal/perf/health`)).status).toBe(200)
    expect(await (await fetch(`${url}/perf`)).text()).toBe('mine')
    const page = await (await fetch(`${url}/admin/internal/perf`, { headers: { accept: 'text/html' } })).text()
    expect(page).toContain('/admin/internal/perf')
  })

  it('shows everything in the registry of the app', async () => {
    const registry = new Registry()
    const { url } = await shop({ registry })
    const text = await registry.metrics()
    expect(text).toMatch(/http_server_request_duration_seconds_count\{[^}]*http_route="\/items\/:id"[^}]*\} 20/)
    expect(await (await fetch(`${url}/perf/metrics`)).text()).toContain('perf_operation_duration_seconds_count')
  })

  it('is not there when the monitor is disabled', async () => {
    const { url, monitor } = await shop({ enabled: false })
    expect((await fetch(`${url}/perf`)).status).toBe(404)
    expect(monitor.getSnapshot().componentMetrics).toEqual({})
  })

  it('serves all of it on a port of its own', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    await once(probe, 'close')
    const monitor = new PerformanceMonitor({ logger: QUIET, prometheusPort: port })
    closers.push(() => monitor.stop())
    await monitor.start()
    monitor.recordOperation('job', 'x', 5)
    for (const path of ['/metrics', '/perf/metrics']) {
      expect(await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).toContain(
        'perf_operation_duration_seconds_count{component="job",operation="x",outcome="success"} 1',
      )
    }
  })

  it('shows at /health what failed, while the app answers on', async () => {
    const { url, monitor } = await shop()
    monitor.optimizer.addRule({
      name: 'broken',
      evaluate() {
        throw new Error('planted')
      },
    })
    expect((await fetch(`${url}/perf/report`)).status).toBe(200)
    const health = await (await fetch(`${url}/perf/health`)).json()
    expect(health).toMatchObject({
      status: 'degraded',
      degraded: [expect.objectContaining({ faults: 1, lastError: 'planted' })],
    })
    expect((await fetch(`${url}/items/1`)).status).toBe(200)
  })
})
