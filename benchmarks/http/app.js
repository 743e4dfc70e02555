// The measured app: four middlewares, a router, a list of 60 objects (about 9 KB) and one small object behind an await.
import express from 'express'

const ORDER_COUNT = 60

/** @param {import('express').RequestHandler | null} middleware the contender's, first of all; null for the bare app */
export function createApp(middleware) {
  const app = express()
  if (middleware !== null) app.use(middleware)
  app.use(requestId)
  app.use(securityHeaders)
  app.use(express.json())
  app.use(authenticate)
  app.use('/api/orders', ordersRouter(createOrders()))
  return app
}

function ordersRouter(orders) {
  const router = express.Router()
  router.get('/', async function listOrders(_req, res) {
    res.json(await findAll(orders))
  })
  router.get('/:id', async function getOrder(req, res) {
    const { id, customer, status } = await findOne(orders, Number(req.params.id))
    res.json({ id, customer, status })
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

// a database's answer comes later: one turn of the promise queue stands for it
async function findAll(orders) {
  await null
  return orders
}

async function findOne(orders, id) {
  await null
  return orders[id % orders.length]
}

function createOrders() {
  return Array.from({ length: ORDER_COUNT }, (_, id) => ({
    id,
    customer: `Customer ${id % 13}`,
    status: id % 3 === 0 ? 'shipped' : 'open',
    totalCents: 1000 + id * 37,
    createdAt: new Date(Date.UTC(2026, 0, 1, 0, id)).toISOString(),
    tags: ['web', id % 2 === 0 ? 'new' : 'returning'],
  }))
}
