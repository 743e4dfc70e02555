import { perfMonitor } from '@perf-monitor/fastify'
import fastify, { type FastifyInstance, type onRequestHookHandler } from 'fastify'
import { adapterContract, type ContractHooks, type CreateContractApp } from './kit.js'

const fastifyApp: CreateContractApp = async (config, hooks) => {
  const app = fastify({ forceCloseConnections: true })
  app.register(perfMonitor, config)
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-reject'] !== undefined) return reply.code(403).send('Forbidden')
  })
  app.get('/plain', async () => {
    hooks.advance(1)
    return 'plain'
  })
  app.get<{ Params: { id: string } }>('/items/:id', async (request) => {
    hooks.advance(5)
    return { id: request.params.id }
  })
  app.post('/items', (request, reply) => void reply.code(201).send(request.body))
  app.options('/items', (_request, reply) => void reply.code(204).send())
  app.register(
    async (tenants) => {
      tenants.register(
        async (users) => {
          users.get('/orders/:order', async (request) => {
            hooks.advance(2)
            return request.params
          })
        },
        { prefix: '/users/:user' },
      )
    },
    { prefix: '/tenants/:tenant' },
  )
  app.get('/files/*', async () => 'file')
  app.get<{ Params: { code: string } }>('/status/:code', (request, reply) => {
    hooks.advance(3)
    reply.code(Number(request.params.code)).send()
  })
  app.get('/redirect', (_request, reply) => void reply.redirect('/plain'))
  app.get('/throws', () => {
    throw hooks.failure(500)
  })
  app.get('/rejects', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    throw hooks.failure(500)
  })
  app.get('/missing/:id', () => {
    throw hooks.failure(404)
  })
  const requireKey: onRequestHookHandler = (request, reply, done) => {
    if (request.headers['x-key'] !== undefined) done()
    else reply.code(401).send('Unauthorized')
  }
  app.get('/guarded/:id', { onRequest: requireKey }, async () => 'ok')
  app.get('/slow/:id', async () => {
    await hooks.slow()
    return 'slow'
  })
  app.get('/waits/:id', async () => {
    await hooks.gate()
    return 'waited'
  })
  app.get('/work/:id', async () => {
    await hooks.work(app.perfMonitor)
    return 'worked'
  })
  streams(app, hooks)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, monitor: app.perfMonitor, close: () => app.close() }
}

function streams(app: FastifyInstance, hooks: ContractHooks): void {
  app.get('/stream', (_request, reply) => void reply.type('text/plain').send(hooks.chunks()))
  app.get('/breaks', (_request, reply) => void reply.type('text/plain').send(hooks.brokenChunks()))
  app.get('/events', (_request, reply) => void reply.type('text/event-stream').send(hooks.events()))
}

adapterContract('Fastify 5', fastifyApp, {
  // no hook runs for a URL that cannot be decoded
  operations: { 'GET /items/:id, bad escape': 'GET (unmatched)' },
  handlerOf: (operation) => `${operation} handler`,
})
