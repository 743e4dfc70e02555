import { once } from 'node:events'
import { request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { PerformanceMonitor } from '@perf-monitor/core/adapter'
import { Hono, type MiddlewareHandler } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'

const warnings: string[] = []
const LOGGER = { info() {}, warn: (message: string) => void warnings.push(message), error() {} }

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  warnings.length = 0
})

function quietMonitor(): PerformanceMonitor {
  const monitor = new PerformanceMonitor({
    logger: LOGGER,
    enableIoMonitoring: false,
    stallThresholdMs: 0,
    auth: false,
  })
  ends.push(() => monitor.stop())
  return monitor
}

async function start(build: (app: Hono, perf: ReturnType<typeof perfMonitor>) => void) {
  const monitor = quietMonitor()
  const app = new Hono()
  build(app, perfMonitor(monitor))
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0, overrideGlobalObjects: false }) as Server
  await once(server, 'listening')
  ends.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo
  /** Sends `GET /path`; resolves when the server is done with it too. */
  const send = async (sent: string) => {
    const [method, path] = sent.split(' ')
    const [response] = await once(request({ host: '127.0.0.1', port, method, path, agent: false }).end(), 'response')
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) body += chunk
    while (monitor.tracker.activeRequests > 0) await new Promise(setImmediate)
    return { status: response.statusCode as number, body }
  }
  const counts = () => {
    const operations = monitor.getSnapshot().componentMetrics.http?.operationBreakdown ?? {}
    const entries = Object.entries(operations).map(([name, { count }]) => [name, count] as const)
    return Object.fromEntries(entries.filter(([, count]) => count > 0)) // a name that did not last counts nothing
  }
  return { send, counts, monitor, app }
}

const pass: MiddlewareHandler = (_c, next) => next()

describe('names requests by', () => {
  it('the route that answers, among all that match', async () => {
    const { send, counts } = await start((app, perf) => {
      app.use(perf)
      app.use('/items/*', pass)
      app.get('/items/:id', (c) => c.text('item'))
      app.get('/items/:id/on', pass)
      app.get('/items/:id/*', (c) => c.text('rest'))
      app.all('/any/:x', (c) => c.text('any'))
      app.get('*', (c) => c.text('page')) // the fallback of a single-page app matches everything
    })
    const requests = [
      ['GET /items/7', 'item'],
      ['GET /items/7/on', 'rest'],
      ['DELETE /any/7', 'any'],
      ['GET /some/page', 'page'],
      ['GET /', 'page'],
    ] as const
    for (const [sent, body] of requests) expect(await send(sent)).toEqual({ status: 200, body })
    expect(counts()).toEqual({ 'GET /items/:id': 1, 'GET /items/:id/*': 1, 'DELETE /any/:x': 1, 'GET /*': 2 })
  })

  it('the route they were for, when middleware turned them away', async () => {
    const { send, counts } = await start((app, perf) => {
      app.use(perf)
      app.use('/admin/*', async (c, next) => (c.req.query('key') === undefined ? c.text('no', 403) : next()))
      app.get('/admin/:id', (c) => c.text('secret'))
    })
    expect((await send('GET /admin/7')).status).toBe(403)
    expect(counts()).toEqual({ 'GET /admin/:id': 1 })
  })

  it('the pattern of middleware and mounted apps that answer by themselves', async () => {
    const { send, counts } = await start((app, perf) => {
      app.use(perf)
      app.use('/static/*', async (c, next) => {
        if (c.req.path.endsWith('.css')) return c.text('css')
        await next()
      })
      app.mount('/mounted', () => new Response('mounted'))
    })
    expect((await send('GET /static/a.css')).body).toBe('css')
    expect((await send('GET /mounted/a/b')).body).toBe('mounted')
    expect((await send('GET /static/a.none')).status).toBe(404)
    expect(counts()).toEqual({ 'GET /static/*': 1, 'GET /mounted/*': 1, 'GET (unmatched)': 1 })
  })

  it('base paths, parameters with patterns, optional ones, and routes of apps with an error handler of their own', async () => {
    const { send, counts } = await start((app, perf) => {
      app.use(perf)
      const sub = new Hono().basePath('/v1')
      sub.onError((_error, c) => c.text('handled', 500))
      sub.get('/n/:id{[0-9]+}', (c) => c.text('n'))
      sub.get('/opt/:o?', (c) => c.text('opt'))
      sub.all('/fails', () => {
        throw new Error('failure')
      })
      app.route('/api/:tenant', sub)
    })
    for (const path of ['n/7', 'opt', 'opt/7']) expect((await send(`GET /api/t/v1/${path}`)).status).toBe(200)
    expect(await send('POST /api/t/v1/fails')).toEqual({ status: 500, body: 'handled' })
    expect(counts()).toEqual({
      'GET /api/:tenant/v1/n/:id{[0-9]+}': 1,
      [Object.keys(counts()).find((name) => name.includes('/opt')) as string]: 2,
      'POST /api/:tenant/v1/fails': 1,
    })
  })
})

it('hands its monitor out, and shares one that is given', () => {
  const own = perfMonitor({ enabled: false })
  expect(own.monitor).toBeInstanceOf(PerformanceMonitor)
  expect(own.name).toBe('perfMonitor')
  expect(own).toHaveLength(2)
  expect(perfMonitor(own.monitor).monitor).toBe(own.monitor)
})

it('the middleware before it sees the answer of /perf complete, and cannot change it', async () => {
  const { send } = await start((app, perf) => {
    app.use(async (c, next) => {
      await next()
      c.header('x-late', '1')
    })
    app.use(perf)
  })
  const { status, body } = await send('GET /perf/health')
  expect(status).toBe(200)
  expect(JSON.parse(body).status).toBeDefined()
})

it('stands below the base path of its app, where its links say so', async () => {
  const { send } = await start((app, perf) => {
    app.route('/admin', new Hono().use(perf))
  })
  expect((await send('GET /admin/perf/health')).status).toBe(200)
  expect((await send('GET /admin/perf')).body).toContain('/admin/perf')
  expect((await send('GET /perf/health')).status).toBe(404)
})

it('two monitors see the same request', async () => {
  const other = quietMonitor()
  const { send, counts } = await start((app, perf) => {
    app.use(perf).use(perfMonitor(other)).use(perf)
    app.get('/:id', (c) => c.text('ok'))
  })
  await send('GET /7')
  expect(counts()).toEqual({ 'GET /:id': 1 })
  expect(other.getSnapshot().componentMetrics.http?.operationBreakdown['GET /:id']?.count).toBe(1)
})

it('without a Node request it says so once and lets everything through', async () => {
  const { app, counts } = await start((built, perf) => {
    built.use(perf)
    built.get('/:id', (c) => c.text('ok'))
  })
  for (let n = 0; n < 3; n++) expect(await (await app.request('/7')).text()).toBe('ok')
  expect((await app.request('/perf/health')).status).toBe(404)
  expect(counts()).toEqual({})
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('@perf-monitor/hono measures apps that @hono/node-server serves')
})
