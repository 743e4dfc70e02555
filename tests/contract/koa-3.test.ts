import { json } from 'node:stream/consumers'
import Router, { type RouterMiddleware } from '@koa/router'
import { perfMonitor } from '@perf-monitor/koa'
import Koa from 'koa'
import { listen } from './kit/listen.js'
import { adapterContract } from './kit.js'

adapterContract(
  'Koa 3',
  async (config, hooks) => {
    const app = new Koa()
    app.silent = true
    const perf = perfMonitor(config)
    app.use(perf)
    app.use((ctx, next) => {
      if (ctx.get('x-reject') === '') return next()
      ctx.status = 403
    })
    const router = new Router()
    router.get('/plain', (ctx) => {
      hooks.advance(1)
      ctx.body = 'plain'
    })
    router.get('/items/:id', (ctx) => {
      hooks.advance(5)
      ctx.body = { id: ctx.params.id }
    })
    router.post('/items', async (ctx) => {
      ctx.body = await json(ctx.req).catch((error) => ctx.throw(400, error))
      ctx.status = 201
    })
    router.options('/items', (ctx) => {
      ctx.status = 204
    })
    const orders = new Router().get('/orders/:order', (ctx) => {
      hooks.advance(2)
      ctx.body = ctx.params
    })
    const users = new Router().use('/users/:user', orders.routes())
    router.use('/tenants/:tenant', users.routes())
    router.get('/files/*path', (ctx) => {
      ctx.body = 'file'
    })
    router.get('/status/:code', (ctx) => {
      hooks.advance(3)
      ctx.body = null
      ctx.status = Number(ctx.params.code)
    })
    router.get('/redirect', (ctx) => ctx.redirect('/plain'))
    router.get('/throws', () => {
      throw hooks.failure(500)
    })
    router.get('/rejects', async () => {
      await new Promise(setImmediate)
      throw hooks.failure(500)
    })
    router.get('/missing/:id', () => {
      throw hooks.failure(404)
    })
    const requireKey: RouterMiddleware = (ctx, next) => {
      if (ctx.get('x-key') !== '') return next()
      ctx.status = 401
    }
    router.get('/guarded/:id', requireKey, (ctx) => {
      ctx.body = 'ok'
    })
    router.get('/slow/:id', async (ctx) => {
      await hooks.slow()
      ctx.body = 'slow'
    })
    router.get('/waits/:id', async (ctx) => {
      await hooks.gate()
      ctx.body = 'waited'
    })
    router.get('/work/:id', async (ctx) => {
      await hooks.work(perf.monitor)
      ctx.body = 'worked'
    })
    const streams = { stream: hooks.chunks, breaks: hooks.brokenChunks, events: hooks.events }
    for (const [path, open] of Object.entries(streams)) {
      router.get(`/${path}`, (ctx) => {
        ctx.body = open()
        ctx.type = path === 'events' ? 'text/event-stream' : 'text/plain'
      })
    }
    app.use(router.routes()).use(router.allowedMethods())
    return { ...(await listen(app.callback())), monitor: perf.monitor }
  },
  {
    operations: {
      'GET /files/*': 'GET /files/*path',
      // a router is a middleware like any other: before it there is no route
      'GET /items/:id, rejected by the app': 'GET (unmatched)',
    },
    handlerOf: (operation) => operation,
  },
)
