// The same app with and without the plugin: the same bytes on the wire, the same order of what its code does.
import { createReadStream } from 'node:fs'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { afterEach, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { type Create, describeEachFastify } from './kit/fastify-versions.js'
import { get, quietMonitor, raw } from './kit/server.js'

type Log = (event: string) => void
type Next = (error?: Error) => void

const HOOKS = [
  'preParsing',
  'preValidation',
  'preHandler',
  'preSerialization',
  'onSend',
  'onResponse',
  'onError',
] as const
const later = (run: () => void) => void setImmediate(run)

function build(app: FastifyInstance, log: Log): void {
  app.addHook('onRequest', function first(this: FastifyInstance, request, reply, done) {
    log(`onRequest ${this === app} ${request.server === app} ${reply.elapsedTime === 0} ${done.length}`)
    if (request.query && (request.query as { reject?: string }).reject !== undefined) reply.code(403).send('rejected')
    else done()
  })
  app.addHook('onRequest', async (request) => {
    await null
    log(`async onRequest ${request.routeOptions.url} ${typeof request.routeOptions.handler} ${request.is404}`)
  })
  for (const name of HOOKS) {
    app.addHook(
      name as 'onResponse',
      // biome-ignore lint/suspicious/noExplicitAny: hooks of four signatures
      function (this: unknown, ...args: any[]) {
        log(`${name} ${this === app} ${args.length} ${args.at(-1).length}`)
        args.at(-1)()
      } as never,
    )
  }
  app.get('/sync', { config: { mine: 1 } }, (request) => ({
    config: request.routeOptions.config,
    name: request.routeOptions.handler.name,
    id: request.id,
    symbols: Object.getOwnPropertySymbols(request).length,
    keys: Object.keys(request),
  }))
  app.get('/named', async function named(this: FastifyInstance, ...args) {
    return { this: this === app, args: args.length }
  })
  app.get('/send', (_request, reply) => later(() => reply.header('x-a', 'b').send('sent')))
  app.get('/throws', () => {
    throw Object.assign(new Error('thrown'), { statusCode: 418 })
  })
  app.get('/rejects', async () => Promise.reject(new Error('rejected')))
  app.get('/rejects-empty', async () => Promise.reject())
  app.get('/error', (_request, reply) => later(() => reply.send(new Error('given'))))
  app.get('/answers-then-throws', (_request, reply) => {
    reply.send('answered')
    throw new Error('late')
  })
  app.get('/undefined', async () => undefined)
  app.get('/null', async () => null)
  app.get('/number', async (_request, reply) => {
    try {
      reply.type('text/plain').send(42 as never)
    } catch (error) {
      log(`send threw ${(error as Error).message}`)
      throw error
    }
  })
  app.get('/stream', (_request, reply) => reply.send(createReadStream(import.meta.filename)))
  app.get('/no-file', (_request, reply) => reply.send(createReadStream('/no/such/file')))
  app.get('/breaks', (_request, reply) =>
    reply.send(
      Readable.from(
        (async function* () {
          yield 'part'
          throw new Error('broken')
        })(),
      ),
    ),
  )
  app.get('/web', async () => new Response('web', { status: 201, headers: { 'x-web': 'yes' } }))
  app.get('/trailers', (_request, reply) => {
    reply.trailer('ETag', (_reply, _payload, done) => done(null, 'abc'))
    return reply.send('trailed')
  })
  app.get('/hijack', (_request, reply) => {
    reply.hijack()
    reply.raw.end('hijacked')
  })
  app.get('/raw', (_request, reply) => void reply.raw.end('raw'))
  app.get('/redirect', (_request, reply) => reply.redirect('/sync'))
  app.get('/hints', (_request, reply) => {
    reply.raw.writeEarlyHints({ link: '</style.css>; rel=preload' })
    return reply.send('hinted')
  })
  app.get('/not-found', (_request, reply) => void reply.callNotFound())
  // biome-ignore lint/suspicious/noThenProperty: what a query builder returns
  app.get('/thenable', () => ({ then: (resolve: (value: string) => void) => resolve('thenable') }))
  app.get(
    '/hooks',
    {
      onRequest: [
        async () => void log('route onRequest'),
        (_request: FastifyRequest, _reply: FastifyReply, done: Next) => later(done),
      ],
      preHandler: function own(this: unknown, _request, _reply, done) {
        log(`own ${this === app}`)
        done()
      },
      onSend: async (_request, _reply, payload) => `${payload}!`,
    },
    async () => 'hooked',
  )
  app.get('/hook-fails', { preHandler: (_request, _reply, done) => done(new Error('hook')) }, async () => 'never')
  app.get(
    '/hook-throws',
    {
      preValidation: () => {
        throw new Error('thrown by a hook')
      },
    },
    async () => 'never',
  )
  app.get(
    '/hook-rejects',
    {
      preHandler: async () => {
        throw new Error('rejected by a hook')
      },
    },
    async () => 'never',
  )
  app.get('/hook-answers', { preHandler: async (_request, reply) => reply.send('by the hook') }, async () => 'never')
  app.get<{ Params: { id: number } }>(
    '/valid/:id',
    {
      schema: {
        params: { type: 'object', properties: { id: { type: 'integer' } } },
        response: { 200: { type: 'object', properties: { id: { type: 'integer' } } } },
      },
    },
    async (request) => ({ id: request.params.id, dropped: true }),
  )
  app.post('/echo', { bodyLimit: 100 }, async (request) => request.body)
  app.route({ method: ['PUT', 'PATCH'], url: '/both', handler: async (request) => request.method })
  app.get('/versioned', { constraints: { version: '1.2.0' } }, async () => 'v1')
  app.get('/versioned', { constraints: { version: '2.0.0' } }, async () => 'v2')
  app.register(
    async (child) => {
      child.setErrorHandler(
        (error, _request, reply) => void reply.code(599).send(`handled ${(error as Error).message}`),
      )
      child.setNotFoundHandler({ preHandler: (_request, _reply, done) => done() }, (_request, reply) => {
        log('not found below /sub')
        reply.code(404).send('nothing below')
      })
      child.get('/fails', async () => Promise.reject(new Error('in the child')))
      child.get('/:name', async (request) => request.params)
    },
    { prefix: '/sub' },
  )
}

const post = (body: string, extra = '') =>
  `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${extra}Connection: close\r\n\r\n${body}`

const PATHS = [
  ...[
    '/sync',
    '/named',
    '/send',
    '/throws',
    '/rejects',
    '/rejects-empty',
    '/error',
    '/answers-then-throws',
    '/undefined',
  ],
  ...[
    '/null',
    '/number',
    '/stream',
    '/no-file',
    '/breaks',
    '/web',
    '/trailers',
    '/hijack',
    '/raw',
    '/redirect',
    '/hints',
  ],
  ...['/not-found', '/thenable', '/hooks', '/hook-fails', '/hook-throws', '/hook-rejects', '/hook-answers', '/valid/7'],
  ...[
    '/valid/x',
    '/versioned',
    '/sub/a%2Fb?x',
    '/sub/fails',
    '/sub/a/b',
    '/none',
    '/sync?reject',
    '/none?reject',
    '/%zz',
  ],
  ...['//sync', '/sync/', '/performance'],
]

const REQUESTS: Record<string, string> = {
  ...Object.fromEntries(PATHS.map((path) => [path, get(path)])),
  HEAD: get('/stream', '', 'HEAD'),
  OPTIONS: get('/sync', '', 'OPTIONS'),
  'OPTIONS of everything': get('*', '', 'OPTIONS'),
  'an unknown method': get('/sync', '', 'PROPFIND'),
  'an absolute URL': get('http://x/valid/7'),
  'a version': get('/versioned', 'Accept-Version: 2.x\r\n'),
  'HTTP/1.0': 'GET /stream HTTP/1.0\r\n\r\n',
  'pipelined requests': get('/send').replace('Connection: close\r\n', '').repeat(3) + get('/none'),
  'a body': post('{"a":1}'),
  'a bad body': post('{'),
  'a body too large': post(JSON.stringify('x'.repeat(200))),
  'an unknown type': post('x').replace('application/json', 'text/csv'),
  'expect 100-continue': post('{"a":1}', 'Expect: 100-continue\r\n'),
  'two methods': get('/both', '', 'PATCH'),
  'an upgrade that nobody takes': get('/sync', 'Upgrade: h2c\r\n').replace('close', 'upgrade, close'),
  'a malformed request': 'GET / HTTP/1.1\r\nbad header\r\n\r\n',
}

describeEachFastify((create, name) => {
  const ends: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  async function runAll(install: ((app: FastifyInstance, when: 'first' | 'last') => void) | null) {
    let events: string[] = []
    const log: Log = (event) => void events.push(event)
    const app = newApp(create)
    const routes: unknown[] = []
    app.addHook('onRoute', (route) => {
      routes.push({ ...route, handler: route.handler.name, keys: Object.keys(route) })
    })
    install?.(app, 'first')
    build(app, log)
    install?.(app, 'last')
    await app.listen({ host: '127.0.0.1', port: 0 })
    ends.push(() => app.close())
    const results: Record<string, { wire: string; events: string[] }> = {}
    for (const [title, bytes] of Object.entries(REQUESTS)) {
      events = []
      // twice: the first request of a route is the one that prepares it
      const wire = (await raw(app, bytes)) + (await raw(app, bytes))
      results[title] = { wire: wire.replace(/^(date|last-modified): .*$/gim, '$1'), events }
    }
    return {
      results,
      routes: JSON.stringify(routes),
      printed: app.printRoutes({ commonPrefix: false }),
      after: app.printRoutes(),
    }
  }

  for (const when of ['first', 'last'] as const) {
    it(`sends the same bytes and runs the same code in the same order, registered ${when}`, {
      timeout: 60_000,
    }, async () => {
      const monitor = quietMonitor()
      ends.push(() => monitor.stop())
      const bare = await runAll(null)
      const monitored = await runAll((app, at) => {
        if (at === when) app.register(perfMonitor, monitor)
      })
      expect(monitored).toEqual(bare)
      expect(bare.results['/hooks']?.wire).toContain('hooked!')
      expect(bare.results['/hooks']?.events.join()).toMatch(/route onRequest.*own true.*onSend true 4 2.*onResponse/)
      expect(monitor.guard.faults).toEqual([])
      expect(monitor.getSnapshot().componentMetrics.http?.totalOperations).toBeGreaterThan(2 * PATHS.length - 4)
    })
  }

  it('leaves an upgrade to who takes it', async () => {
    const seen: string[] = []
    for (const monitored of [false, true]) {
      const monitor = quietMonitor()
      ends.push(() => monitor.stop())
      const app = newApp(create)
      if (monitored) app.register(perfMonitor, monitor)
      await app.listen({ host: '127.0.0.1', port: 0 })
      ends.push(() => app.close())
      app.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nraw bytes'))
      seen.push(await raw(app, 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'))
    }
    expect(seen[1]).toBe(seen[0])
    expect(seen[0]).toContain('raw bytes')
  })

  it('a client that leaves is told to the app as ever', async () => {
    const seen: string[][] = []
    for (const monitored of [false, true]) {
      const events: string[] = []
      const monitor = quietMonitor()
      ends.push(() => monitor.stop())
      const app = newApp(create)
      if (monitored) app.register(perfMonitor, monitor)
      const aborted = new Promise<void>((resolve) => {
        app.addHook('onRequestAbort', async (_request) => {
          events.push('aborted')
          resolve()
        })
      })
      app.addHook('onResponse', async () => void events.push('responded'))
      let arrive: () => void
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve
      })
      app.get('/waits', () => {
        arrive()
        return new Promise(() => {})
      })
      await app.listen({ host: '127.0.0.1', port: 0 })
      ends.push(() => app.close())
      const { port } = app.server.address() as { port: number }
      const socket = connect(port, '127.0.0.1')
      socket.write(get('/waits'))
      await arrived
      socket.destroy()
      await aborted
      seen.push(events)
    }
    expect(seen[1], name).toEqual(seen[0])
  })
})

function newApp(create: Create): FastifyInstance {
  let id = 0
  return create({ genReqId: () => `request ${++id}`, forceCloseConnections: true, exposeHeadRoutes: true })
}
