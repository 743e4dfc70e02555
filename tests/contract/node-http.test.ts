// The example of docs/writing-an-adapter.md keeps the contract like any other, and the guide quotes it as it is.
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { json } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { App, perfMonitor } from '../../examples/node-http/server.js'
import { listen } from './kit/listen.js'
import { adapterContract } from './kit.js'

interface Call {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly params: Record<string, string>
}
type Handler = (call: Call) => unknown

adapterContract(
  'node:http',
  async (config, hooks) => {
    const perf = perfMonitor(config)
    const app = new App(perf)
    const add = (method: string, template: string, handler: Handler) =>
      app.route(method, template, (call: Call) => {
        if (call.req.headers['x-reject'] !== undefined) call.res.writeHead(403).end()
        else return handler(call)
      })
    const get = (template: string, handler: Handler) => add('GET', template, handler)
    get('/plain', ({ res }) => {
      hooks.advance(1)
      res.end('plain')
    })
    get('/items/:id', ({ res, params }) => {
      hooks.advance(5)
      res.end(JSON.stringify(params))
    })
    add('POST', '/items', async ({ req, res }) => {
      const body = await json(req).catch(() => {
        throw hooks.failure(400)
      })
      res.writeHead(201).end(JSON.stringify(body))
    })
    add('OPTIONS', '/items', ({ res }) => res.writeHead(204).end())
    get('/tenants/:tenant/users/:user/orders/:order', ({ res, params }) => {
      hooks.advance(2)
      res.end(JSON.stringify(params))
    })
    get('/files/*', ({ res }) => res.end('file'))
    get('/status/:code', ({ res, params }) => {
      hooks.advance(3)
      res.writeHead(Number(params.code)).end()
    })
    get('/redirect', ({ res }) => res.writeHead(302, { location: '/plain' }).end())
    get('/throws', () => {
      throw hooks.failure(500)
    })
    get('/rejects', async () => {
      await new Promise(setImmediate)
      throw hooks.failure(500)
    })
    get('/missing/:id', () => {
      throw hooks.failure(404)
    })
    get('/guarded/:id', ({ req, res }) => {
      if (req.headers['x-key'] === undefined) res.writeHead(401).end()
      else res.end('ok')
    })
    get('/slow/:id', async ({ res }) => {
      await hooks.slow()
      res.end('slow')
    })
    get('/waits/:id', async ({ res }) => {
      await hooks.gate()
      res.end('waited')
    })
    get('/work/:id', async ({ res }) => {
      await hooks.work(perf.monitor)
      res.end('worked')
    })
    const stream = (open: () => NodeJS.ReadableStream, type: string): Handler => {
      return ({ res }) => void pipeline(open(), res.setHeader('content-type', type), () => {})
    }
    get('/stream', stream(hooks.chunks, 'text/plain'))
    get('/breaks', stream(hooks.brokenChunks, 'text/plain'))
    get('/events', stream(hooks.events, 'text/event-stream'))
    return { ...(await listen(app.handle)), monitor: perf.monitor }
  },
  { handlerOf: (operation) => operation },
)

it('the guide quotes the example as it is', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const example = read('examples/node-http/server.js')
  const quotes = [...read('docs/writing-an-adapter.md').matchAll(/<!-- from (\S+) -->\n```js\n([\s\S]*?)```/g)]
  expect(quotes.length).toBeGreaterThanOrEqual(2)
  for (const [, path, code] of quotes) {
    expect(path).toBe('examples/node-http/server.js')
    expect(example).toContain(code as string)
  }
})
