// An app with one fault of each kind that the page shows: many queries, a failing route, a route that blocks. A process of its
// own, so that its lines are those of this file. Ends with its parent.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const ITEMS = 24
const QUERY_MS = 3
const BLOCK_MS = 260

const perf = perfMonitor({ serviceName: 'planted', stallThresholdMs: 50, logger: { info() {}, warn() {}, error() {} } })

class Items {
  async ofOrder(order) {
    await after(QUERY_MS)
    return { order }
  }
}
const db = perf.monitor.instrument('db', new Items())

const app = express()
app.use(perf)
app.get('/products', (_request, response) => response.json([]))
app.get('/orders', listOrders)
app.get('/report', (_request, response) => response.json(countPrimes(BLOCK_MS)))
app.get('/failing', (_request) => readPrice(undefined))
app.use((_error, _request, response, _next) => response.status(500).json({ error: 'failed' }))

const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
process.send(`http://127.0.0.1:${server.address().port}`)
process.once('disconnect', async () => {
  server.closeAllConnections()
  server.close()
  await perf.monitor.stop()
})

async function listOrders(_request, response) {
  const items = []
  for (let order = 0; order < ITEMS; order++) items.push(await db.ofOrder(order)) // one query after the other
  response.json(items)
}

function countPrimes(forMs) {
  const end = performance.now() + forMs
  let found = 0
  for (let number = 2; performance.now() < end; number++) if (isPrime(number)) found++
  return { found }
}

function isPrime(number) {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false
  return true
}

function readPrice(product) {
  return product.price
}
