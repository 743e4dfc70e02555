import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

export async function startChat({ monitorConfig, port, beside }, { watchRoom }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.get('/rooms/:id', async (request, response) => {
    const leave = watchRoom(request.params.id)
    response.on('close', leave)
    await wait(3)
    response.json({ room: request.params.id, people: 3 })
  })
  app.get('/people/:id', async (request, response) => {
    await wait(3)
    response.json({ person: request.params.id })
  })
  beside(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${port}`, stop: async () => server.close() }
}
