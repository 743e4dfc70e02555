import { once } from 'node:events'
import { createServer } from 'node:http'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'
import { authentication, requireStaff } from './authentication.js'
import { startChild } from './child.js'
import { createDatabase, openEngine } from './database.js'
import { Jobs, startJobs } from './jobs.js'
import { createOrderEvents } from './order-events.js'
import { cartRouter } from './routes/cart.js'
import { catalogRouter } from './routes/catalog.js'
import { customersRouter } from './routes/customers.js'
import { ordersRouter } from './routes/orders.js'
import { reportsRouter } from './routes/reports.js'
import { createUpstreamClient } from './upstream-client.js'

const HOST = '127.0.0.1'
const CLOSE_GRACE_MS = 1000

/**
 * The whole shop with everything that it needs, but without visitors.
 *
 * @param {object} [options]
 * @param {number} [options.port] 0 takes a free one
 * @param {import('@perf-monitor/core').PerformanceConfig} [options.perf]
 */
export async function createShop({ port = 0, perf: config } = {}) {
  const upstreamProcess = startChild('upstream.js')
  const engine = openEngine() // before the monitor starts: filling the database is no part of what it is to judge
  // the services share one loopback address: the shop gives their calls names of its own (upstream-client.js)
  const perf = perfMonitor({ serviceName: 'shop-api', instruments: { fetch: false }, ...config })
  const { monitor } = perf
  const db = createDatabase({ engine, monitor })
  const server = createServer()
  const closing = new AbortController()
  let stopJobs

  async function close() {
    closing.abort()
    await closeServer(server)
    await stopJobs?.()
    await upstreamProcess.stop()
    db.close()
    await monitor.stop()
  }

  try {
    const { port: upstreamPort } = await upstreamProcess.ready()

    const upstream = createUpstreamClient({ monitor, baseUrl: `http://${HOST}:${upstreamPort}` })
    const events = createOrderEvents()
    server.on('request', createApp({ perf, db, upstream, events, closing: closing.signal }))
    server.listen(port, HOST)
    await once(server, 'listening')
    stopJobs = startJobs(monitor.instrument('job', new Jobs({ db, events })))
  } catch (error) {
    await close()
    throw error
  }
  return { url: `http://localhost:${server.address().port}`, monitor, close: onceOnly(close) }
}

function createApp({ perf, db, upstream, events, closing }) {
  const app = express()
  app.disable('x-powered-by')

  app.use(perf) // first, so that it sees every request from its arrival
  app.use(express.json({ limit: '64kb' }))

  app.get('/health', (_req, res) => res.json({ status: 'ok' }))
  app.use('/catalog', catalogRouter({ db }))

  app.use(['/cart', '/orders', '/customers', '/admin'], authentication(db))
  app.use('/cart', cartRouter({ db, upstream }))
  app.use('/orders', ordersRouter({ db, upstream, events, closing }))
  app.use('/customers', customersRouter({ db }))
  app.use('/admin/reports', requireStaff, reportsRouter({ db }))

  app.use((_req, res) => res.status(404).json({ error: 'Not found' }))
  app.use(sendError)
  return app
}

/** Errors that say so are for the client (ours, and those of express.json); all others are ours alone. */
function sendError(error, _req, res, next) {
  if (res.headersSent) return next(error)
  const status = error.status ?? 500
  if (status === 500) console.error('[shop]', error)
  res.status(status).json({ error: status === 500 ? 'Internal error' : error.message })
}

/** Lets requests end by themselves for a moment, then ends their connections. */
async function closeServer(server) {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
  await closed
  clearTimeout(deadline)
}

function onceOnly(work) {
  let result
  return () => {
    result ??= work()
    return result
  }
}
