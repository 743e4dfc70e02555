import Router, { type RouterMiddleware } from '@koa/router'
import Koa from 'koa'
import mount from 'koa-mount'
import { afterEach, expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'
import { counts, quietMonitor, serve } from './server.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const ok: RouterMiddleware = (ctx) => {
  ctx.body = 'ok'
}

interface Case {
  readonly name: string
  build(app: Koa): void
  /** Request, operation, status. */
  readonly requests: [request: string, operation: string, status?: number][]
}

const CASES: Case[] = [
  {
    name: 'prefixes, nested routers and mounts',
    build: (app) => {
      const inner = new Router({ prefix: '/inner/:a' }).get('/', ok).get('/:b', ok)
      const router = new Router({ prefix: '/api/v1' }).use('/nested/:n', inner.routes()).get('/x', ok)
      app.use(router.routes())
      const sub = new Koa()
      sub.use(new Router().get('/', ok).get('/:id', ok).routes())
      app.use(mount('/mounted', sub))
      app.use(new Router().get('/after/:id', ok).routes())
    },
    requests: [
      ['GET /api/v1/x', 'GET /api/v1/x'],
      ['GET /api/v1/nested/1/inner/2/3', 'GET /api/v1/nested/:n/inner/:a/:b'],
      ['GET /mounted/7', 'GET /mounted/:id'],
      ['GET /mounted/7/8', 'GET (unmatched)', 404],
      ['GET /after/7', 'GET /after/:id'],
    ],
  },
  {
    name: 'RegExp, several paths, methods and all',
    build: (app) => {
      const router = new Router()
      router.get(/^\/regexp\/(\d+)$/, ok)
      router.get(['/one/:x', '/two/:x'], ok)
      router.register('/both', ['get', 'post'], ok)
      router.all('/all/:x', ok)
      app.use(router.routes()).use(router.allowedMethods())
    },
    requests: [
      ['GET /regexp/7', 'GET /^\\/regexp\\/(\\d+)$/'],
      ['GET /two/7', 'GET /two/:x'],
      ['POST /both', 'POST /both'],
      ['PUT /both', 'PUT (unmatched)', 405],
      ['DELETE /all/7', 'DELETE /all/:x'],
      ['OPTIONS /two/7', 'OPTIONS (unmatched)', 200],
    ],
  },
  {
    name: "a router's middleware that lets nobody through",
    build: (app) => {
      const router = new Router({ prefix: '/secret' })
      router.use((ctx) => {
        ctx.status = 403
      })
      router.get('/:id', ok)
      app.use(router.routes())
    },
    requests: [
      ['GET /secret/7', 'GET /secret/:id', 403],
      ['GET /secret', 'GET (unmatched)', 404],
    ],
  },
  {
    name: 'two routes that match, one after another and alone',
    build: (app) => {
      app.use(
        new Router()
          .get('/pass/:any', (_ctx, next) => next())
          .get('/pass/on', ok)
          .routes(),
      )
      app.use(new Router({ prefix: '/exclusive', exclusive: true }).get('/:any', ok).get('/on', ok).routes())
    },
    requests: [
      ['GET /pass/on', 'GET /pass/on'],
      ['GET /exclusive/on', 'GET /exclusive/on'],
      ['GET /exclusive/off', 'GET /exclusive/:any'],
    ],
  },
  {
    name: 'a handler that goes on to another router',
    build: (app) => {
      const first = new Router().get('/both/:first', (_ctx, next) => next()).get('/lost/:x', (_ctx, next) => next())
      app.use(first.routes())
      app.use(new Router().get('/both/:second', ok).routes())
    },
    requests: [
      ['GET /both/7', 'GET /both/:second'],
      ['GET /lost/7', 'GET (unmatched)', 404],
    ],
  },
  {
    name: 'no router at all',
    build: (app) => {
      app.use((ctx) => {
        ctx.body = 'ok'
      })
    },
    requests: [['GET /whatever/7', 'GET (unmatched)']],
  },
]

for (const { name, build, requests } of CASES) {
  it(name, async () => {
    for (const [request, operation, status = 200] of requests) {
      const monitor = quietMonitor()
      const app = new Koa()
      app.use(perfMonitor(monitor))
      build(app)
      const server = await serve(app, monitor)
      ends.push(server.close)
      const answer = await server.send(request)
      expect({ request, status: answer.status, counts: counts(monitor) }).toEqual({
        request,
        status,
        counts: { [operation]: 1 },
      })
    }
  })
}
