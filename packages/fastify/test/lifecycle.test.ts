import { PerformanceMonitor } from '@perf-monitor/core'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, it, vi } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { describeEachFastify } from './kit/fastify-versions.js'
import { counts, get, QUIET, quietMonitor, raw, settled } from './kit/server.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

function newMonitor(...config: Parameters<typeof quietMonitor>): PerformanceMonitor {
  const monitor = quietMonitor(...config)
  ends.push(() => monitor.stop())
  return monitor
}

function closing(app: FastifyInstance): FastifyInstance {
  ends.push(() => app.close())
  return app
}

describeEachFastify((create) => {
  it('hands its monitor out, stops the one that it made and leaves one that it got', async () => {
    const shared = newMonitor()
    const own = create()
    own.register(perfMonitor, QUIET)
    const sharing = create()
    sharing.register(perfMonitor, shared)
    await Promise.all([own.ready(), sharing.ready()])
    const { perfMonitor: made } = own
    expect(made).toBeInstanceOf(PerformanceMonitor)
    expect(sharing.perfMonitor).toBe(shared)
    expect([made.running, shared.running]).toEqual([true, true])
    await Promise.all([own.close(), sharing.close()])
    expect([made.running, shared.running]).toEqual([false, true])
  })

  it('needs no configuration, and refuses a bad one by name', async () => {
    const plain = closing(create())
    plain.register(perfMonitor)
    await plain.ready()
    expect(plain.perfMonitor.running).toBe(true)
    const bad = create()
    bad.register(perfMonitor, { collectionIntervalMs: 1 })
    await expect(bad.ready()).rejects.toThrow('`collectionIntervalMs`')
    const mistyped = create()
    mistyped.register(perfMonitor, { prefix: '/monitor' } as never)
    await expect(mistyped.ready()).rejects.toThrow('`prefix`')
  })

  it('adds no route, and one hook', async () => {
    const [bare, monitored] = [closing(create()), closing(create())]
    const seen: string[] = []
    monitored.addHook('onRoute', ({ url }) => void seen.push(url))
    monitored.register(perfMonitor, newMonitor())
    for (const app of [bare, monitored]) {
      app.get('/x', { preHandler: async () => {} }, async () => 'ok')
      await app.ready()
    }
    expect(monitored.printRoutes()).toBe(bare.printRoutes())
    const hooks = (app: FastifyInstance) => app.printRoutes({ includeHooks: true, commonPrefix: false })
    await monitored.inject('/x')
    expect(hooks(monitored)).toContain('perfMonitor()')
    const added = hooks(monitored)
      .split('\n')
      .filter((line) => !hooks(bare).includes(line))
    expect(new Set(added.map((line) => line.replace(/^\W+/, '')))).toEqual(new Set(['onRequest) ["perfMonitor()"]']))
    expect(new Set(seen)).toEqual(new Set(['/x']))
  })

  it('serves /perf before hooks, catch-all routes and 404 handlers of the app, and measures none of that', async () => {
    const monitor = newMonitor()
    const app = closing(create())
    app.register(perfMonitor, monitor)
    app.addHook('onRequest', async (_request, reply) => reply.code(401).send('closed'))
    app.get('/*', async () => 'everything')
    await app.listen({ host: '127.0.0.1', port: 0 })
    expect((await app.inject('/perf/snapshot')).json().service.pid).toBe(process.pid)
    expect((await app.inject({ method: 'HEAD', url: '/perf/health' })).statusCode).toBe(200)
    expect((await app.inject({ method: 'DELETE', url: '/perf/health' })).statusCode).toBe(405)
    expect((await app.inject('/performance')).statusCode).toBe(401)
    expect(await raw(app, get('/perf/health'))).toContain('200 OK')
    expect(await raw(app, get('/perf/nowhere'))).toContain('404 Not Found')
    await settled(monitor)
    expect(counts(monitor)).toEqual({ 'GET /*': 1 })
  })

  it.each(['/api', '/:tenant/api'])(
    'within a plugin at %s it serves /perf there, whatever routes are',
    async (prefix) => {
      const monitor = newMonitor()
      const app = closing(create())
      app.get('/outside', async () => 'ok')
      app.register(
        async (child) => {
          child.register(perfMonitor, monitor)
          child.get('/inside', async () => 'ok')
        },
        { prefix },
      )
      const base = prefix.replace(':tenant', 'acme')
      expect((await app.inject(`${base}/perf/health`)).statusCode).toBe(200)
      expect((await app.inject(`${base}/perf`)).headers['content-type']).toContain('text/html')
      expect((await app.inject('/perf/health')).statusCode).toBe(404)
      expect((await app.inject(`${base}/inside`)).body).toBe('ok')
      expect((await app.inject('/outside')).body).toBe('ok')
      expect(counts(monitor)).toEqual({ [`GET ${prefix}/inside`]: 1 })
    },
  )

  it('disabled, it adds nothing; stopped, it lets everything through', async () => {
    const disabled = closing(create())
    disabled.register(perfMonitor, { enabled: false })
    disabled.get('/x', async () => 'ok')
    expect((await disabled.inject('/x')).body).toBe('ok')
    expect((await disabled.inject('/perf')).statusCode).toBe(404)
    expect(disabled.printRoutes({ includeHooks: true })).not.toContain('perfMonitor')
    expect(disabled.server.listenerCount('request')).toBe(create().server.listenerCount('request'))
    const monitor = newMonitor()
    const stopped = closing(create())
    stopped.register(perfMonitor, monitor)
    stopped.get('/x', async () => 'ok')
    await stopped.inject('/x')
    await monitor.stop()
    expect((await stopped.inject('/x')).body).toBe('ok')
    expect((await stopped.inject('/perf/health')).statusCode).toBe(404)
    expect(counts(monitor)).toEqual({ 'GET /x': 1 })
  })

  it('a fault of ours costs the measurement, never the request', async () => {
    const monitor = newMonitor()
    const app = closing(create())
    let runs = 0
    app.register(perfMonitor, monitor)
    app.addHook('preHandler', async () => void runs++)
    app.get('/x', async () => 'ok')
    vi.spyOn(monitor.tracker, 'operation').mockImplementation(() => {
      throw new Error('no operation')
    })
    vi.spyOn(monitor.tracker, 'runIn').mockImplementation(() => {
      throw new Error('no scope')
    })
    for (let n = 0; n < 2; n++) expect((await app.inject('/x')).body).toBe('ok')
    expect(runs).toBe(2)
    expect(monitor.guard.faults.find(({ part }) => part === 'fastify')?.faults).toBeGreaterThan(0)
  })

  it('registered twice with one monitor, requests count once', async () => {
    const monitor = newMonitor()
    const app = closing(create())
    app.register(perfMonitor, monitor)
    app.register(perfMonitor, monitor)
    app.get('/x', async () => 'ok')
    await app.inject('/x')
    expect(counts(monitor)).toEqual({ 'GET /x': 1 })
  })
})
