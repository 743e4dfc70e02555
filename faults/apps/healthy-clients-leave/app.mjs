// Search as you type: a client that types on leaves its last question behind, which is neither slow nor a failure.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const ANSWER_MS = 45

export default async function start({ monitorConfig, port, beside }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.get('/suggest', async (request) => {
    await wait(ANSWER_MS * (0.6 + 0.8 * Math.random()))
    return { for: request.query.q, suggestions: ['one', 'two', 'three'] }
  })

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
