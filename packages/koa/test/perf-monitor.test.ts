import Router from '@koa/router'
import { PerformanceMonitor } from '@perf-monitor/core/adapter'
import Koa from 'koa'
import mount from 'koa-mount'
import { afterEach, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { counts, quietMonitor, serve } from './server.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function start(build: (app: Koa, perf: ReturnType<typeof perfMonitor>) => void) {
  const monitor = quietMonitor()
  const app = new Koa()
  app.silent = true
  build(app, perfMonitor(monitor))
  const server = await serve(app, monitor)
  ends.push(server.close)
  return { server, monitor }
}

it('hands its monitor out, and shares one that is given', () => {
  const own = perfMonitor({ enabled: false })
  expect(own.monitor).toBeInstanceOf(PerformanceMonitor)
  expect(own.name).toBe('perfMonitor')
  expect(own).toHaveLength(2)
  expect(perfMonitor(own.monitor).monitor).toBe(own.monitor)
})

it('the middleware before it sees the answer of /perf complete, and cannot change it', async () => {
  const seen: [boolean, number][] = []
  const { server } = await start((app, perf) => {
    app.use(async (ctx, next) => {
      await next()
      seen.push([ctx.res.writableFinished, ctx.status])
      ctx.set('content-length', '3')
      ctx.body = 'no!'
    })
    app.use(perf)
  })
  const { status, body } = await server.send('GET /perf/health')
  expect(status).toBe(200)
  expect(JSON.parse(body).status).toBeDefined()
  expect(seen).toEqual([[true, 200]])
})

it('stands below a mount, where its links say so', async () => {
  const { server } = await start((app, perf) => {
    const sub = new Koa()
    sub.use(perf)
    app.use(mount('/admin', sub))
  })
  expect((await server.send('GET /admin/perf/health')).status).toBe(200)
  expect((await server.send('GET /admin/perf')).body).toContain('/admin/perf')
  expect((await server.send('GET /perf/health')).status).toBe(404)
})

it('the context is as ever for handlers', async () => {
  const keys: string[][] = []
  const route: unknown[] = []
  const build = (app: Koa) => {
    app.use(async (ctx, next) => {
      keys.push(Object.keys(ctx))
      route.push(ctx._matchedRoute)
      await next()
      keys.push(Object.keys(ctx))
      route.push(ctx._matchedRoute)
    })
    const router = new Router().get('/:id', (ctx) => {
      route.push(ctx._matchedRoute, Object.getOwnPropertyDescriptor(ctx, '_matchedRoute'))
      ctx.body = ''
    })
    app.use(router.routes())
  }
  const monitored = await start((app, perf) => build(app.use(perf)))
  await monitored.server.send('GET /7')
  const bare = await start(build)
  await bare.server.send('GET /7')
  const half = keys.length / 2
  expect(keys.slice(0, half).map((list) => list.sort())).toEqual(keys.slice(half).map((list) => list.sort()))
  expect(route.slice(0, route.length / 2)).toEqual(route.slice(route.length / 2))
})

it('two monitors see the same request', async () => {
  const other = quietMonitor()
  ends.push(() => other.stop())
  const { server, monitor } = await start((app, perf) => {
    app.use(perf).use(perfMonitor(other)).use(perf)
    app.use(
      new Router()
        .get('/:id', (ctx) => {
          ctx.body = 'ok'
        })
        .routes(),
    )
  })
  await server.send('GET /7')
  expect(counts(monitor)).toEqual({ 'GET /:id': 1 })
  expect(counts(other)).toEqual({ 'GET /:id': 1 })
})

it('errors reach Koa as they were thrown', async () => {
  const seen: unknown[] = []
  const thrown = Object.assign(new Error('teapot'), { status: 418, expose: true })
  const { server, monitor } = await start((app, perf) => {
    app.on('error', (error) => seen.push(error))
    app.use(perf)
    app.use(
      new Router()
        .get('/:id', () => {
          throw thrown
        })
        .routes(),
    )
  })
  expect(await server.send('GET /7')).toMatchObject({ status: 418, body: 'teapot' })
  expect(seen).toEqual([thrown])
  const handler = monitor.getSnapshot().componentMetrics.handler?.operationBreakdown['GET /:id']
  expect(handler).toMatchObject({ count: 1, failedCount: 1, active: 0 })
})

it('a request that a fault of ours hits is answered', async () => {
  const { server, monitor } = await start((app, perf) => {
    app.use((ctx, next) => {
      Object.preventExtensions(ctx) // nothing can be defined on it
      return next()
    })
    app.use(perf)
    app.use((ctx) => {
      ctx.body = 'ok'
    })
  })
  expect((await server.send('GET /x')).body).toBe('ok')
  expect(monitor.guard.faults.map(({ part }) => part)).toEqual(['koa'])
})
