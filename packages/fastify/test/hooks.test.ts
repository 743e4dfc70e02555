import type { FastifyInstance } from 'fastify'
import { afterEach, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { type Create, describeEachFastify } from './kit/fastify-versions.js'
import { handClock, operations, quietMonitor } from './kit/server.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

function start(create: Create, build: (app: FastifyInstance, advance: (ms: number) => void) => void) {
  const clock = handClock()
  const monitor = quietMonitor({ clock })
  const app = create()
  app.register(perfMonitor, monitor)
  build(app, clock.advance)
  ends.push(
    () => app.close(),
    () => monitor.stop(),
  )
  const handlers = () =>
    Object.fromEntries(
      Object.entries(operations(monitor, 'handler')).map(([name, { count, failedCount, maxDurationMs, active }]) => [
        name,
        { count, failed: failedCount, ms: maxDurationMs, active },
      ]),
    )
  return { app, monitor, handlers, clock }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describeEachFastify((create) => {
  it('times hooks of the app and of the route, and the handler', async () => {
    const { app, handlers } = start(create, (app, advance) => {
      app.addHook('onRequest', function requireAuth(_request, _reply, done) {
        advance(1)
        setImmediate(done)
      })
      app.addHook('preHandler', async () => {
        await turn()
        advance(2)
      })
      app.addHook('preParsing', function decrypt(_request, _reply, payload, done) {
        advance(4)
        done(null, payload)
      })
      app.addHook('onSend', async function compress(_request, _reply, payload) {
        advance(8)
        return payload
      })
      const load = async () => advance(16)
      app.post('/orders/:id', { preHandler: [load, async () => advance(32)] }, async function createOrder() {
        await turn()
        advance(64)
        return 'created'
      })
    })
    expect((await app.inject({ method: 'POST', url: '/orders/7', payload: { a: 1 } })).body).toBe('created')
    await app.inject({ method: 'POST', url: '/orders/8', payload: { a: 1 } })
    expect(handlers()).toEqual({
      requireAuth: { count: 2, failed: 0, ms: 1, active: 0 },
      'preHandler hook': { count: 2, failed: 0, ms: 2, active: 0 },
      decrypt: { count: 2, failed: 0, ms: 4, active: 0 },
      compress: { count: 2, failed: 0, ms: 8, active: 0 },
      'POST /orders/:id load': { count: 2, failed: 0, ms: 16, active: 0 },
      'POST /orders/:id preHandler hook': { count: 2, failed: 0, ms: 32, active: 0 },
      // until its answer is handed over: `compress` runs within
      'POST /orders/:id createOrder': { count: 2, failed: 0, ms: 72, active: 0 },
    })
  })

  it('tells which hook or handler failed', async () => {
    const { app, handlers } = start(create, (app) => {
      const fail = () => {
        throw new Error('failed')
      }
      app.get('/throws', fail)
      app.get('/rejects', async () => fail())
      app.get('/sends-error', (_request, reply) => void setImmediate(() => reply.send(new Error('sent'))))
      app.get('/answers-500', async (_request, reply) => reply.code(500).send('caught'))
      app.get('/teapot', () => {
        throw Object.assign(new Error('teapot'), { statusCode: 418 })
      })
      app.get('/hook-throws', { preHandler: fail }, async () => 'never')
      app.get('/hook-rejects', { onRequest: async () => fail() }, async () => 'never')
      app.get('/hook-gives', { preValidation: (_q, _r, done) => done(new Error('given')) }, async () => 'never')
      app.get('/hook-answers', { preHandler: async (_request, reply) => reply.code(401).send() }, async () => 'never')
    })
    const paths = [
      'throws',
      'rejects',
      'sends-error',
      'answers-500',
      'teapot',
      'hook-throws',
      'hook-rejects',
      'hook-gives',
    ]
    for (const path of [...paths, 'hook-answers']) await app.inject(`/${path}`)
    const figures = Object.entries(handlers()).filter(([, { count }]) => count > 0)
    expect(figures.map(([name, { failed, active }]) => [name, failed, active])).toEqual([
      ['GET /throws fail', 1, 0],
      ['GET /rejects handler', 1, 0],
      ['GET /sends-error handler', 1, 0],
      ['GET /answers-500 handler', 1, 0],
      ['GET /teapot handler', 1, 0],
      ['GET /hook-throws fail', 1, 0],
      ['GET /hook-rejects onRequest', 1, 0],
      ['GET /hook-gives preValidation', 1, 0],
      ['GET /hook-answers preHandler', 0, 0],
    ])
  })

  it('what hooks and handlers call is theirs, also after a body was read', async () => {
    const { app, monitor } = start(create, (app, advance) => {
      const query = async (name: string, ms: number) =>
        app.perfMonitor.track('db', name, async () => {
          await turn()
          advance(ms)
        })
      app.addHook('preHandler', async function loadUser() {
        await query('user', 3)
      })
      app.post('/orders', async () => {
        await query('order', 5)
        return 'ok'
      })
    })
    await app.inject({ method: 'POST', url: '/orders', payload: { a: 1 } })
    const children = (component: string, name: string) =>
      operations(monitor, component)
        [name]?.children.map(({ operation, totalMs }) => [operation, totalMs])
        .sort()
    expect(children('handler', 'loadUser')).toEqual([['user', 3]])
    expect(children('handler', 'POST /orders handler')).toEqual([['order', 5]])
    expect(children('http', 'POST /orders')).toEqual([
      ['POST /orders handler', 5],
      ['loadUser', 3],
      ['order', 5],
      ['user', 3],
    ])
  })

  it('who holds a stream open has no duration', async () => {
    const { app, handlers, monitor } = start(create, (app) => {
      app.get('/events', (_request, reply) => {
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
        reply.hijack()
        reply.raw.end('data: 1\n\n')
      })
    })
    await app.inject('/events')
    expect(handlers()).toEqual({})
    expect(operations(monitor, 'http')['GET /events']).toMatchObject({ count: 0, streams: { count: 1, active: 0 } })
  })
})
