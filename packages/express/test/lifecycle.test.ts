import { PerformanceMonitor } from '@perf-monitor/core/adapter'
import type { RequestHandler } from 'express'
import supertest from 'supertest'
import { afterEach, expect, it, vi } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { describeEachExpress } from './kit/express-versions.js'
import { countsOf, quietMonitor, serve } from './kit/server.js'

const ok: RequestHandler = (_req, res) => void res.end('ok')

describeEachExpress((version) => {
  const monitors: PerformanceMonitor[] = []
  const newMonitor = (...config: Parameters<typeof quietMonitor>) => {
    const monitor = quietMonitor(...config)
    monitors.push(monitor)
    return monitor
  }
  afterEach(async () => {
    for (const monitor of monitors.splice(0)) await monitor.stop()
  })
  const newApp = () => version.express().set('env', 'test')

  it('hands its monitor out, and shares one that is given', () => {
    const own = perfMonitor({ enabled: false })
    expect(own.monitor).toBeInstanceOf(PerformanceMonitor)
    expect(own.name).toBe('perfMonitor')
    expect(perfMonitor(own.monitor).monitor).toBe(own.monitor)
  })

  it('serves /perf, also below a prefix, and does not measure that', async () => {
    const monitor = newMonitor()
    const app = newApp()
    app.use('/prefix', perfMonitor(monitor))
    app.use(perfMonitor(monitor))
    app.get('/perfect', ok)
    await supertest(app).get('/perf/health').expect(200)
    const answer = await supertest(app).get('/prefix/perf/snapshot').expect(200).expect('content-type', /json/)
    expect(answer.body.service.pid).toBe(process.pid)
    await supertest(app).get('/perfect').expect(200, 'ok')
    await supertest(app).get('/prefix/perfect').expect(404)
    expect([...countsOf(monitor, 'http').keys()].sort()).toEqual(['GET (unmatched)', 'GET /perfect'])
  })

  it('disabled, it passes everything through and touches nothing', async () => {
    const app = newApp()
    app.use(perfMonitor({ enabled: false }))
    app.get('/x', ok)
    const server = await serve(app)
    expect((await server.send('GET', '/x')).body).toBe('ok')
    expect((await server.send('GET', '/perf')).status).toBe(404)
    await server.close()
    expect(ownNames(app)).toEqual([])
  })

  it('stopped, it passes everything through', async () => {
    const monitor = newMonitor()
    const app = newApp()
    app.use(perfMonitor(monitor))
    app.use('/r', version.express.Router().get('/x', ok))
    const server = await serve(app)
    await server.send('GET', '/r/x')
    await monitor.stop()
    expect((await server.send('GET', '/r/x')).body).toBe('ok')
    expect((await server.send('GET', '/perf/health')).status).toBe(404)
    await server.close()
    expect(Object.fromEntries(countsOf(monitor, 'http'))).toEqual({ 'GET /r/x': 1 })
  })

  it('leaves what others read of an app as it is', async () => {
    const [bare, monitored] = [newApp(), newApp()]
    const monitor = newMonitor()
    monitored.use(perfMonitor(monitor))
    bare.use(function perfMonitor(_req, _res, next) {
      next()
    })
    const router = version.express.Router()
    for (const app of [bare, monitored]) {
      app.use(function named(_req, _res, next) {
        next()
      })
      app.get('/x/:id', ok, ok)
      app.use('/r', router)
      app.use('/sub', newApp().get('/y', ok) as unknown as RequestHandler)
    }
    router.get('/x', ok)
    const handles = stackOf(monitored).map((layer) => layer.handle)
    const prototype = Object.getPrototypeOf(stackOf(monitored)[0])
    const prototypeBefore = Object.getOwnPropertyDescriptors(prototype)
    const server = await serve(monitored)
    for (const path of ['/x/1', '/r/x', '/sub/y']) expect((await server.send('GET', path)).status).toBe(200)
    await server.close()
    expect(Object.getOwnPropertyDescriptors(prototype)).toEqual(prototypeBefore)
    expect(stackOf(monitored).map((layer) => layer.handle)).toEqual(handles)
    expect(describeStack(monitored)).toEqual(describeStack(bare))
  })

  it('two apps with monitors of their own share a router', async () => {
    const router = version.express.Router().get('/:id', ok)
    const built = ['one', 'two'].map((name) => {
      const monitor = newMonitor()
      const app = newApp()
      app.use(perfMonitor(monitor))
      app.use(`/${name}`, router)
      return { monitor, app, name }
    })
    for (const { app, name } of built) await supertest(app).get(`/${name}/7`).expect(200)
    for (const { monitor, name } of built) {
      expect(Object.fromEntries(countsOf(monitor, 'http'))).toEqual({ [`GET /${name}/:id`]: 1 })
    }
  })

  it('an app and a mounted app with monitors of their own both see the request', async () => {
    const [outer, inner] = [newMonitor(), newMonitor()]
    const sub = newApp()
    sub.use(perfMonitor(inner))
    sub.get('/:id', ok)
    const app = newApp()
    app.use(perfMonitor(outer))
    app.use('/sub/:s', sub)
    const server = await serve(app)
    await server.send('GET', '/sub/1/2')
    await server.send('GET', '/sub/1/3')
    await server.close()
    for (const monitor of [outer, inner]) {
      expect(Object.fromEntries(countsOf(monitor, 'http'))).toEqual({ 'GET /sub/:s/:id': 2 })
      expect(Object.fromEntries(countsOf(monitor, 'handler'))).toEqual({ 'GET /sub/:s/:id ok': 2 })
    }
  })

  it('a fault of ours costs the measurement, never the request', async () => {
    const monitor = newMonitor()
    const app = newApp()
    let runs = 0
    app.use(perfMonitor(monitor))
    app.use(function counts(_req, _res, next) {
      runs++
      next()
    })
    app.get('/x', ok)
    app.use('/r', version.express.Router().get('/y', ok))
    app.get('/z', ok)
    const strangeRoute = stackOf(app).find((layer) => layer.route?.path === '/z')?.route
    Object.defineProperty(strangeRoute, 'path', {
      get() {
        throw new Error('strange path')
      },
    })
    const { tracker } = monitor
    const operation = tracker.operation.bind(tracker)
    vi.spyOn(tracker, 'operation').mockImplementation((component, name) => {
      if (component === 'handler') throw new Error('no operation')
      return operation(component, name)
    })
    vi.spyOn(tracker, 'runIn').mockImplementation(() => {
      throw new Error('no scope')
    })
    const server = await serve(app)
    for (const path of ['/x', '/r/y', '/z']) expect((await server.send('GET', path)).body).toBe('ok')
    await server.close()
    expect(runs).toBe(3)
    expect(monitor.guard.faults.find(({ part }) => part === 'express')?.faults).toBeGreaterThan(0)
    expect(Object.fromEntries(countsOf(monitor, 'http'))).toEqual({ 'GET /x': 1, 'GET /r/y': 1, 'GET (unmatched)': 1 })
  })
})

interface AnyLayer {
  name: string
  handle: { stack?: AnyLayer[] }
  route?: { path: unknown; stack: AnyLayer[]; methods: object }
}

function stackOf(app: unknown): AnyLayer[] {
  const { _router: router4 } = app as { _router?: { stack: AnyLayer[] } }
  return (router4 ?? (app as { router: { stack: AnyLayer[] } }).router).stack
}

function describeStack(app: unknown): unknown {
  const describeLayer = (layer: AnyLayer): unknown => ({
    keys: Object.keys(layer),
    name: layer.name,
    path: layer.route?.path,
    methods: layer.route?.methods,
    route: layer.route?.stack.map(describeLayer),
    router: layer.handle.stack?.map(describeLayer),
  })
  return stackOf(app).map(describeLayer)
}

function ownNames(app: unknown): string[] {
  return stackOf(app).flatMap((layer) => Object.getOwnPropertyNames(layer).filter((name) => /^handle./.test(name)))
}
