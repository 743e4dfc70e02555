import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

const TITLES = 28_000
const WORDS = ['river', 'stone', 'winter', 'garden', 'silent', 'broken', 'golden', 'empty', 'last', 'first']

const titles = Array.from(
  { length: TITLES },
  (_, i) => `${WORDS[i % 10]} ${WORDS[(i * 7) % 10]} ${WORDS[(i * 3 + 1) % 10]} ${i}`,
)

export async function startLibrary({ monitorConfig, port, beside }, { search }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.get('/search', async (request, response) => {
    await wait(5)
    response.json({ found: search(titles, String(request.query.q)) })
  })
  app.get('/books/:id', async (request, response) => {
    await wait(5)
    response.json({ title: titles[Number(request.params.id)] ?? null })
  })
  beside(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${port}`, stop: async () => server.close() }
}
