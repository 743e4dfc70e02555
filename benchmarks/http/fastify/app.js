// The measured app: a route alone, and a plugin with three hooks and two routes.
import Fastify from 'fastify'
import { findAllOrders, findOrder, findStatus } from '../orders.js'

/** @param {((app: import('fastify').FastifyInstance) => unknown) | null} install the contender's, first of all; null for the bare app */
export async function startApp(install) {
  const app = Fastify()
  if (install !== null) await install(app)
  app.get('/api/status', async function getStatus() {
    return findStatus()
  })
  app.register(ordersPlugin, { prefix: '/api/orders' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

async function ordersPlugin(app) {
  app.decorateRequest('user', '')
  app.addHook('onRequest', requestId)
  app.addHook('onRequest', securityHeaders)
  app.addHook('preHandler', authenticate)
  app.get('/', async function listOrders() {
    return findAllOrders()
  })
  app.get('/:id', async function getOrder(request) {
    return findOrder(Number(request.params.id))
  })
}

let requestCount = 0

function requestId(_request, reply, done) {
  reply.header('X-Request-Id', String(++requestCount))
  done()
}

function securityHeaders(_request, reply, done) {
  reply.header('X-Content-Type-Options', 'nosniff')
  reply.header('Referrer-Policy', 'no-referrer')
  done()
}

function authenticate(request, _reply, done) {
  request.user = request.headers.authorization ?? 'anonymous'
  done()
}
