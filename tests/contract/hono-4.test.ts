import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { serve as serve2 } from '@hono/node-server'
import { perfMonitor } from '@perf-monitor/hono'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { StatusCode } from 'hono/utils/http-status'
import { serve as serve1 } from 'node-server-1'
import { afterAll, beforeAll, vi } from 'vitest'
import { adapterContract, type CreateContractApp } from './kit.js'

// its server logs errors of streams
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
afterAll(() => void vi.restoreAllMocks())

// the global Request and Response stay Node's: other tests of this process need them
const OPTIONS = { hostname: '127.0.0.1', port: 0, overrideGlobalObjects: false }

adapterContract(
  'Hono 4',
  honoApp((app) => serve2({ ...OPTIONS, fetch: app.fetch })),
  { handlerOf: null },
)
adapterContract(
  'Hono 4 on node-server 1',
  honoApp((app) => serve1({ ...OPTIONS, fetch: app.fetch })),
  { handlerOf: null },
)

function honoApp(serveNode: (app: Hono) => unknown): CreateContractApp {
  return async (config, hooks) => {
    const app = new Hono()
    const perf = perfMonitor(config)
    app.use(perf)
    app.use(async (c, next) => {
      if (c.req.header('x-reject') === undefined) return next()
      return c.text('rejected', 403)
    })
    // the default handler, but for its log
    app.onError((error, c) =>
      error instanceof HTTPException ? error.getResponse() : c.text('Internal Server Error', 500),
    )
    app.get('/plain', (c) => {
      hooks.advance(1)
      return c.text('plain')
    })
    app.get('/items/:id', (c) => {
      hooks.advance(5)
      return c.json({ id: c.req.param('id') })
    })
    app.post('/items', async (c) => {
      const body = await c.req.json().catch((cause) => {
        throw new HTTPException(400, { cause })
      })
      return c.json(body, 201)
    })
    app.options('/items', (c) => c.body(null, 204))
    const orders = new Hono().get('/orders/:order', (c) => {
      hooks.advance(2)
      return c.json(c.req.param())
    })
    app.route('/tenants/:tenant', new Hono().route('/users/:user', orders))
    app.get('/files/*', (c) => c.text('file'))
    app.get('/status/:code', (c) => {
      hooks.advance(3)
      return c.newResponse(null, Number(c.req.param('code')) as StatusCode)
    })
    app.get('/redirect', (c) => c.redirect('/plain'))
    app.get('/throws', () => {
      throw hooks.failure(500)
    })
    app.get('/rejects', async () => {
      await new Promise(setImmediate)
      throw hooks.failure(500)
    })
    app.get('/missing/:id', () => {
      throw new HTTPException(404)
    })
    const requireKey: MiddlewareHandler = async (c, next) => {
      if (c.req.header('x-key') !== undefined) return next()
      return c.text('who?', 401)
    }
    app.get('/guarded/:id', requireKey, (c) => c.text('ok'))
    app.get('/slow/:id', async (c) => {
      await hooks.slow()
      return c.text('slow')
    })
    app.get('/waits/:id', async (c) => {
      await hooks.gate()
      return c.text('waited')
    })
    app.get('/work/:id', async (c) => {
      await hooks.work(perf.monitor)
      return c.text('worked')
    })
    const stream = (c: Context, readable: Readable, type: string) =>
      c.body(Readable.toWeb(readable) as ReadableStream, 200, { 'content-type': type })
    app.get('/stream', (c) => stream(c, hooks.chunks(), 'text/plain'))
    app.get('/breaks', (c) => stream(c, hooks.brokenChunks(), 'text/plain'))
    app.get('/events', (c) => stream(c, hooks.events(), 'text/event-stream'))
    const server = serveNode(app) as Server
    await once(server, 'listening')
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      monitor: perf.monitor,
      async close() {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      },
    }
  }
}
