import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const PRODUCTS = 2600
const WORDS = ['red', 'blue', 'oak', 'steel', 'mini', 'pro', 'soft', 'dark', 'eco', 'max', 'raw', 'old']
const DATABASE_MS = 4

export const products = Array.from({ length: PRODUCTS }, (_, id) => ({
  id,
  name: `Article ${id}`,
  tags: Array.from({ length: 4 }, (_, i) => WORDS[(id * (i + 3) + (id % 7)) % WORDS.length]),
}))

export async function startShop({ monitorConfig, port, beside }, { pairsOf }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.get('/products/:id', async (request, response) => {
    await wait(DATABASE_MS)
    response.json(products[Number(request.params.id)] ?? null)
  })
  app.get('/basket', async (_request, response) => {
    await wait(DATABASE_MS)
    response.json({ items: products.slice(0, 5) })
  })
  app.get('/bought-together', async (_request, response) => {
    await wait(DATABASE_MS)
    const pairs = pairsOf(products)
    response.json({ pairs: pairs.slice(0, 20) })
  })
  beside(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${port}`, stop: async () => server.close() }
}
