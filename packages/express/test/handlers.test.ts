import type { ErrorRequestHandler, RequestHandler } from 'express'
import { afterEach, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { handClock } from './kit/clock.js'
import { describeEachExpress } from './kit/express-versions.js'
import { quietMonitor, serve } from './kit/server.js'

describeEachExpress((version) => {
  const ends: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  async function start(build: (app: ReturnType<typeof version.express>, advance: (ms: number) => void) => void) {
    const clock = handClock()
    const monitor = quietMonitor({ clock })
    const app = version.express()
    app.set('env', 'test')
    app.use(perfMonitor(monitor))
    build(app, clock.advance)
    const server = await serve(app)
    ends.push(server.close, () => monitor.stop())
    const handlers = () => {
      const operations = monitor.getSnapshot().componentMetrics.handler?.operationBreakdown ?? {}
      return Object.fromEntries(
        Object.entries(operations).map(([name, { count, failedCount, maxDurationMs, active }]) => [
          name,
          { count, failed: failedCount, ms: Math.round(maxDurationMs ?? -1), active },
        ]),
      )
    }
    return { server, handlers, monitor }
  }

  it('names handlers and times each until it goes on or the response ends', async () => {
    const { server, handlers } = await start((app, advance) => {
      app.use(function requireAuth(_req, _res, next) {
        advance(1)
        next()
      })
      app.use((_req, _res, next) => {
        advance(2)
        setImmediate(next)
      })
      app.use((_req, _res, next) => next())
      const router = version.express.Router()
      router.use((_req, _res, next) => next())
      const load: RequestHandler = (_req, _res, next) => {
        advance(4)
        next()
        advance(1000) // after next(): not its own time
      }
      router.get(
        '/:id',
        load,
        (_req, _res, next) => next(),
        (_req, res) => {
          advance(8)
          res.end()
        },
      )
      router.post('/:id', (_req, res) => {
        setImmediate(() => {
          advance(16)
          res.end()
        })
      })
      router.all('/', (_req, res) => void res.end())
      app.use('/orders', router)
    })
    await server.send('GET', '/orders/1')
    await server.send('HEAD', '/orders/1')
    await server.send('POST', '/orders/1')
    await server.send('GET', '/orders')
    expect(handlers()).toEqual({
      requireAuth: { count: 4, failed: 0, ms: 1, active: 0 },
      '/ middleware': { count: 4, failed: 0, ms: 2, active: 0 },
      '/ middleware 2': { count: 4, failed: 0, ms: 0, active: 0 },
      '/orders middleware': { count: 4, failed: 0, ms: 0, active: 0 },
      'GET /orders/:id load': { count: 2, failed: 0, ms: 4, active: 0 },
      'GET /orders/:id handler 2': { count: 2, failed: 0, ms: 0, active: 0 },
      'GET /orders/:id handler 3': { count: 2, failed: 0, ms: 8, active: 0 },
      'POST /orders/:id handler': { count: 1, failed: 0, ms: 16, active: 0 },
      'ALL /orders handler': { count: 1, failed: 0, ms: 0, active: 0 },
    })
  })

  it('counts throwing, rejecting, next(error) and answering with a 5xx as failures, and nothing else', async () => {
    const { server, handlers, monitor } = await start((app) => {
      app.get('/throws', function throws() {
        throw new Error('thrown')
      })
      app.get('/gives', function gives(_req, _res, next) {
        setImmediate(() => next(new Error('given')))
      })
      app.get('/rejects', async function rejects(_req, _res, next) {
        if (version.major === 5) throw new Error('rejected')
        next(new Error('Express 4 knows no promises'))
      })
      app.get('/skips', function skips(_req, _res, next) {
        next('route')
      })
      app.use(
        '/leaves',
        version.express.Router().use(function leaves(_req, _res, next) {
          next('router')
        }),
      )
      app.get('/fails', function fails(_req, res) {
        res.status(500).end()
      })
      app.get('/answers', function answers() {
        throw new Error('answered by onError')
      })
      app.use(function onError(_error, req, res, next) {
        if (req.url === '/answers') res.status(500).end()
        else next()
      } as ErrorRequestHandler)
    })
    for (const path of ['throws', 'gives', 'rejects', 'skips', 'leaves']) {
      expect((await server.send('GET', `/${path}`)).status).toBe(404)
    }
    await server.send('GET', '/fails')
    await server.send('GET', '/answers')
    const counted = Object.entries(handlers()).map(([name, { count, failed, active }]) => [name, count, failed, active])
    expect(counted).toEqual([
      ['GET /throws throws', 1, 1, 0],
      ['onError', 4, 0, 0],
      ['GET /gives gives', 1, 1, 0],
      ['GET /rejects rejects', 1, 1, 0],
      ['GET /skips skips', 1, 0, 0],
      ['leaves', 1, 0, 0],
      ['GET /fails fails', 1, 1, 0],
      ['GET /answers answers', 1, 1, 0],
    ])
    expect(monitor.getSnapshot().componentMetrics.http?.operationBreakdown['GET /fails']?.failedCount).toBe(1)
  })

  it('a response that never comes stays active until the client leaves, then it is aborted', async () => {
    let arrived: () => void = () => {}
    const hanging = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { server, handlers, monitor } = await start((app) => {
      app.get('/hangs/:id', function hangs() {
        arrived()
      })
    })
    const controller = new AbortController()
    const answer = fetch(`http://127.0.0.1:${server.port}/hangs/1`, { signal: controller.signal }).catch(() => 'left')
    await hanging
    const route = () => monitor.getSnapshot().componentMetrics.http?.operationBreakdown['GET /hangs/:id']
    expect(route()).toMatchObject({ active: 1, count: 0 })
    expect(handlers()['GET /hangs/:id hangs']?.active).toBe(1)
    controller.abort()
    expect(await answer).toBe('left')
    await expect.poll(() => route()?.active).toBe(0)
    expect(route()).toMatchObject({ count: 1, abortedCount: 1 })
    expect(handlers()['GET /hangs/:id hangs']).toMatchObject({ count: 1, active: 0 })
  })

  it('what begins in a handler is a child of the request, also behind a middleware that lost the async scope', async () => {
    const waiting: (() => void)[] = []
    const { server, monitor } = await start((app) => {
      app.use(function loses(_req, _res, next) {
        waiting.push(next)
      })
      app.get('/x', function works(_req, res) {
        monitor.track('work', 'query', () => {})
        res.end()
      })
    })
    const answer = server.send('GET', '/x')
    while (waiting.length === 0) await new Promise(setImmediate)
    waiting[0]?.() // called from the test: outside of the request's scope
    await answer
    const { http, handler } = monitor.getSnapshot().componentMetrics
    const children = http?.operationBreakdown['GET /x']?.children.map(({ operation }) => operation)
    expect(children?.sort()).toEqual(['GET /x works', 'loses', 'query'])
    expect(handler?.operationBreakdown['GET /x works']?.children).toMatchObject([{ operation: 'query' }])
  })
})
