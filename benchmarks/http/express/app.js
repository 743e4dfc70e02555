// The measured app: a route alone, and a router behind four middlewares.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { findAllOrders, findOrder, findStatus } from '../orders.js'

const express = createRequire(import.meta.url)('express') // OpenTelemetry instruments what is required, not what is imported

/** @param {import('express').RequestHandler | null} middleware the contender's, first of all; null for the bare app */
export async function startApp(middleware) {
  const app = express()
  if (middleware !== null) app.use(middleware)
  app.get('/api/status', async function getStatus(_req, res) {
    res.json(await findStatus())
  })
  app.use(requestId)
  app.use(securityHeaders)
  app.use(express.json())
  app.use(authenticate)
  app.use('/api/orders', ordersRouter())
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function ordersRouter() {
  const router = express.Router()
  router.get('/', async function listOrders(_req, res) {
    res.json(await findAllOrders())
  })
  router.get('/:id', async function getOrder(req, res) {
    res.json(await findOrder(Number(req.params.id)))
  })
  return router
}

let requestCount = 0

function requestId(_req, res, next) {
  res.setHeader('X-Request-Id', String(++requestCount))
  next()
}

function securityHeaders(_req, res, next) {
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Referrer-Policy', 'no-referrer')
  next()
}

function authenticate(req, res, next) {
  res.locals.user = req.headers.authorization ?? 'anonymous'
  next()
}
