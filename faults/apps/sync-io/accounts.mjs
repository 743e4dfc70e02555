import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/express'
import express from 'express'

export async function startAccounts({ monitorConfig, port, beside }, { isRight }) {
  const app = express()
  app.use(perfMonitor(monitorConfig))
  app.use(express.json())
  app.post('/login', async (request, response) => {
    await wait(3)
    const { user, password } = request.body
    response.json({ ok: await isRight(user, password) })
  })
  app.get('/profile/:user', async (request, response) => {
    await wait(3)
    response.json({ user: request.params.user, plan: 'free' })
  })
  beside(app)
  const server = app.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${port}`, stop: async () => server.close() }
}
