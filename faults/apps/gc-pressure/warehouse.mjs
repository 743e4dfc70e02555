import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const ARTICLES = 5000
const STOCK_MS = 60 // the warehouse answers slowly

const articles = Array.from({ length: ARTICLES }, (_, id) => ({
  id,
  name: `Article ${id}`,
  group: `group-${id % 40}`,
  cents: (id * 37) % 1000,
}))

export async function startWarehouse({ monitorConfig, port, beside }, { rowsFor, summary }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.get('/stock/:place', async (request, response) => {
    const rows = rowsFor(articles, request.params.place)
    await wait(STOCK_MS)
    response.json({ ...summary(rows), asOf: Date.now() })
  })
  app.get('/articles/:id', async (request, response) => {
    await wait(2)
    response.json(articles[Number(request.params.id)] ?? null)
  })
  beside(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${port}`, stop: async () => server.close() }
}
