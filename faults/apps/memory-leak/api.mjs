import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

export async function startApi({ monitorConfig, port, beside }, { sessions }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.get('/start/:user', async (request, response) => {
    await wait(2)
    const id = sessions.open(request.params.user)
    response.json({ id })
    response.on('close', () => sessions.close(id))
  })
  app.get('/prices', async (_request, response) => {
    await wait(3)
    response.json(Array.from({ length: 60 }, (_, i) => ({ sku: `A${i}`, price: i * 3, text: `Article number ${i}` })))
  })
  beside(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${port}`, stop: async () => server.close() }
}
