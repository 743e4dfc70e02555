import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import type { PerformanceMonitor } from '@perf-monitor/core'
import realFastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { afterEach, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { type Create, describeEachFastify } from './kit/fastify-versions.js'
import { counts, get, operations, quietMonitor, raw, settled } from './kit/server.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

function newMonitor(): PerformanceMonitor {
  const monitor = quietMonitor()
  ends.push(() => monitor.stop())
  return monitor
}

async function listening(app: FastifyInstance): Promise<FastifyInstance> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  ends.push(() => app.close())
  return app
}

describeEachFastify((create: Create) => {
  const routes: FastifyPluginAsync = async (app) => {
    app.get('/orders/:id', async () => 'ok')
    app.register(async (inner) => void inner.get('/deep/:x', async () => 'ok'), { prefix: '/:tenant' })
  }

  it.each(['before', 'after'])('names routes of all contexts, registered %s them', async (order) => {
    const monitor = newMonitor()
    const app = create()
    const rejecting: FastifyPluginAsync = async (child) => {
      child.addHook('onRequest', async (_request, reply) => reply.code(401).send())
      child.get('/closed/:id', async () => 'never')
    }
    if (order === 'before') app.register(perfMonitor, monitor)
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers['x-reject'] !== undefined) return reply.code(403).send()
    })
    app.get('/', async () => 'ok')
    app.register(routes, { prefix: '/api/v1' })
    app.register(rejecting)
    if (order === 'after') app.register(perfMonitor, monitor)
    app.get('/late', async () => 'ok')
    for (const url of ['/', '/api/v1/orders/7?a=b', '/api/v1/acme/deep/1', '/closed/7', '/late', '/none']) {
      await app.inject(url)
    }
    expect((await app.inject({ url: '/api/v1/orders/8', headers: { 'x-reject': '' } })).statusCode).toBe(403)
    ends.push(() => app.close())
    expect(counts(monitor)).toEqual({
      'GET /': 1,
      'GET /api/v1/orders/:id': 2,
      'GET /api/v1/:tenant/deep/:x': 1,
      'GET /closed/:id': 1,
      'GET /late': 1,
      'GET (unmatched)': 1,
    })
    expect(operations(monitor, 'http')['GET /closed/:id']?.statusCodes).toEqual({ 401: 1 })
  })

  it('names every kind of route by its template', async () => {
    const monitor = newMonitor()
    const app = create({
      exposeHeadRoutes: true,
      rewriteUrl: (req) => (req.url === '/rewritten' ? '/plain' : (req.url ?? '')),
    })
    app.register(perfMonitor, monitor)
    app.get('/plain', async () => 'ok')
    app.get('/regex/:file(^\\d+).png', async () => 'ok')
    app.get('/optional/:a?', async () => 'ok')
    app.get('/many/:a-:b', async () => 'ok')
    app.get('/wild/*', async () => 'ok')
    app.get('/versions', { constraints: { version: '1.0.0' } }, async () => 'v1')
    app.get('/versions', { constraints: { version: '2.0.0' } }, async () => 'v2')
    app.get('/hosts', { constraints: { host: 'a.example' } }, async () => 'a')
    app.route({ method: ['PUT', 'PATCH'], url: '/both/:id', handler: async () => 'ok' })
    app.get(
      '/valid/:id',
      { schema: { params: { type: 'object', properties: { id: { type: 'integer' } } } } },
      async () => 'ok',
    )
    app.post('/body', async () => 'ok')
    app.get('/hijacked', (_request, reply) => {
      reply.hijack()
      reply.raw.end('hijacked')
    })
    app.get('/gone/:id', (_request, reply) => void reply.callNotFound())
    ends.push(() => app.close())
    const requests: [string, string, number, Record<string, string>?][] = [
      ['GET /plain', 'GET /plain', 200],
      ['HEAD /plain', 'HEAD /plain', 200],
      ['GET /rewritten', 'GET /plain', 200],
      ['GET /regex/12.png', 'GET /regex/:file(^\\d+).png', 200],
      ['GET /optional', 'GET /optional/:a?', 200],
      ['GET /optional/1', 'GET /optional/:a?', 200],
      ['GET /many/1-2', 'GET /many/:a-:b', 200],
      ['GET /wild/a/b/c', 'GET /wild/*', 200],
      ['GET /versions', 'GET /versions', 200, { 'accept-version': '1.x' }],
      ['GET /versions', 'GET /versions', 200, { 'accept-version': '2.x' }],
      ['GET /versions', 'GET (unmatched)', 404],
      ['GET /hosts', 'GET /hosts', 200, { host: 'a.example' }],
      ['PATCH /both/1', 'PATCH /both/:id', 200],
      ['GET /valid/1', 'GET /valid/:id', 200],
      ['GET /valid/x', 'GET /valid/:id', 400],
      ['POST /body', 'POST /body', 415, { 'content-type': 'text/csv', 'content-length': '1' }],
      ['GET /hijacked', 'GET /hijacked', 200],
      ['GET /gone/7', 'GET /gone/:id', 404],
      ['OPTIONS /plain', 'OPTIONS (unmatched)', 404],
      ['DELETE /plain', 'DELETE (unmatched)', 404],
    ]
    const expected: Record<string, number> = {}
    for (const [request, operation, status, headers] of requests) {
      const [method, url] = request.split(' ') as ['GET', string]
      const payload = headers?.['content-length'] === undefined ? undefined : 'x'
      const answer = await app.inject({ method, url, headers, payload })
      expect([request, answer.statusCode]).toEqual([request, status])
      expected[operation] = (expected[operation] ?? 0) + 1
    }
    expect(counts(monitor)).toEqual(expected)
  })

  it('404 handlers of several prefixes, and their hooks, are unmatched', async () => {
    const monitor = newMonitor()
    const app = create()
    app.register(perfMonitor, monitor)
    app.setNotFoundHandler(async (_request, reply) => reply.code(404).send('root'))
    app.register(
      async (child) => {
        child.setNotFoundHandler(async function nothingBelow(_request, reply) {
          return reply.code(404).send('child')
        })
      },
      { prefix: '/child' },
    )
    ends.push(() => app.close())
    for (const [url, body] of [
      ['/a', 'root'],
      ['/child/a', 'child'],
      ['/child', 'child'],
      ['/b/c', 'root'],
    ] as const) {
      expect((await app.inject(url)).body).toBe(body)
    }
    expect(counts(monitor)).toEqual({ 'GET (unmatched)': 4 })
    expect(counts(monitor, 'handler')).toEqual({ '(unmatched) handler': 2, '(unmatched) nothingBelow': 2 })
  })

  it('counts what no hook sees: URLs that cannot be decoded', async () => {
    const monitor = newMonitor()
    const app = create()
    app.register(perfMonitor, monitor)
    app.get('/:id', async () => 'ok')
    await listening(app)
    expect(await raw(app, get('/%zz'))).toContain('400 Bad Request')
    await settled(monitor)
    expect(counts(monitor)).toEqual({ 'GET (unmatched)': 1 })
    expect(operations(monitor, 'http')['GET (unmatched)']?.statusCodes).toEqual({ 400: 1 })
  })

  it('a client that leaves is aborted', async () => {
    const monitor = newMonitor()
    const app = create()
    app.register(perfMonitor, monitor)
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    app.get('/waits/:id', () => {
      arrive()
      return new Promise(() => {})
    })
    await listening(app)
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(get('/waits/7'))
    await arrived
    expect(operations(monitor, 'http')['GET /waits/:id']?.active).toBe(1)
    socket.destroy()
    await settled(monitor)
    expect(operations(monitor, 'http')['GET /waits/:id']).toMatchObject({ count: 1, abortedCount: 1, active: 0 })
    expect(operations(monitor, 'handler')['GET /waits/:id handler']).toMatchObject({ count: 1, active: 0 })
  })

  it('names stay bounded whatever clients send', async () => {
    const monitor = newMonitor()
    const app = create()
    app.register(perfMonitor, monitor)
    app.register(routes, { prefix: '/api' })
    app.get('/files/*', async () => 'ok')
    ends.push(() => app.close())
    for (let i = 0; i < 500; i++) {
      await app.inject(`/api/orders/${i}?q=${i}`)
      await app.inject(`/files/${i}/${'x'.repeat(i % 50)}`)
      await app.inject(`/unknown-${i}`)
    }
    expect(counts(monitor)).toEqual({ 'GET /api/orders/:id': 500, 'GET /files/*': 500, 'GET (unmatched)': 500 })
  })

  it('two monitors, of the app and of a plugin, measure what is theirs', async () => {
    const [whole, part] = [newMonitor(), newMonitor()]
    const app = create()
    app.register(perfMonitor, whole)
    app.get('/outside', async () => 'ok')
    app.register(
      async (child) => {
        child.register(perfMonitor, part)
        child.get('/inside/:id', async () => 'ok')
      },
      { prefix: '/part' },
    )
    await listening(app)
    for (const path of ['/outside', '/part/inside/7', '/part/none']) await raw(app, get(path))
    await settled(whole)
    expect(counts(whole)).toEqual({ 'GET /outside': 1, 'GET /part/inside/:id': 1, 'GET (unmatched)': 1 })
    expect(counts(part)).toEqual({ 'GET /part/inside/:id': 1 })
    expect(counts(part, 'handler')).toEqual({ 'GET /part/inside/:id handler': 1 })
    expect(counts(whole, 'handler')).toMatchObject({ 'GET /part/inside/:id handler': 1 })
  })
})

it('measures over HTTP/2', async () => {
  const monitor = newMonitor()
  const app = realFastify({ http2: true })
  app.register(perfMonitor, monitor)
  app.get('/hello/:name', async (request) => request.params)
  app.get('/fails', async () => Promise.reject(new Error('failed')))
  await app.listen({ host: '127.0.0.1', port: 0 })
  ends.push(() => app.close())
  const client = connectHttp2(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  const bodies: string[] = []
  for (const path of ['/hello/you', '/hello/me', '/fails', '/perf/health']) {
    const stream = client.request({ ':path': path }).setEncoding('utf8')
    let body = ''
    stream.on('data', (chunk) => {
      body += chunk
    })
    await once(stream, 'end')
    bodies.push(body)
  }
  client.close()
  await settled(monitor)
  expect(bodies.slice(0, 2)).toEqual(['{"name":"you"}', '{"name":"me"}'])
  expect(bodies[3]).toContain('"status"')
  expect(counts(monitor)).toEqual({ 'GET /hello/:name': 2, 'GET /fails': 1 })
  expect(operations(monitor, 'http')['GET /hello/:name']).toMatchObject({ successfulCount: 2, abortedCount: 0 })
  expect(operations(monitor, 'http')['GET /fails']).toMatchObject({ failedCount: 1, statusCodes: { 500: 1 } })
})
