import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { perfMonitor } from '../src/index.js'

const QUIET = { info() {}, warn() {}, error() {} }

it('counts requests of inject() by their status; they have no bytes on any connection', async () => {
  const app = Fastify()
  await app.register(perfMonitor, { logger: QUIET })
  app.get('/items/:id', async () => ({ ok: true }))
  app.get('/fails', async (_request, reply) => reply.code(503).send('no'))
  for (const url of ['/items/1', '/items/2', '/fails', '/nowhere']) await app.inject(url)
  while (app.perfMonitor.tracker.activeRequests > 0) await new Promise((resolve) => setImmediate(resolve))
  const breakdown = app.perfMonitor.getSnapshot().componentMetrics.http?.operationBreakdown
  expect(breakdown).toMatchObject({
    'GET /items/:id': { count: 2, successfulCount: 2, statusCodes: { 200: 2 }, responseBytesAverage: null },
    'GET /fails': { count: 1, failedCount: 1, statusCodes: { 503: 1 } },
    'GET (unmatched)': { count: 1, successfulCount: 1, statusCodes: { 404: 1 } },
  })
  expect(breakdown?.['GET /items/:id']?.timeToFirstByteP50Ms).toBeGreaterThanOrEqual(0)
  await app.close()
})
