import { EventEmitter, once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

export const news = new EventEmitter()

export async function startFeed({ monitorConfig, port, beside }, { latest }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  let number = 0
  const ticker = setInterval(() => news.emit('item', ++number), 500)
  app.get('/latest/:topic', async (request, response) => {
    response.json(await latest(request.params.topic))
  })
  app.get('/topics', async (_request, response) => {
    await wait(3)
    response.json(['sport', 'weather', 'chess'])
  })
  beside(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      clearInterval(ticker)
      server.close()
    },
  }
}
