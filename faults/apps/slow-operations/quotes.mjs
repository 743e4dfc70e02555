// Quotes for insurances: a rule engine of a partner, called through a queue on the file system that nobody instruments.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

export async function startQuotes({ monitorConfig, port, beside }, { pollMs, engineMs }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.post('/quotes', async (request, reply) => {
    const doneAt = performance.now() + engineMs * (0.8 + 0.4 * Math.random())
    do await wait(pollMs)
    while (performance.now() < doneAt)
    return reply.code(201).send({ premium: 100 + (request.body.age % 50) })
  })

  app.get('/products', async () => ({ products: ['home', 'travel', 'bike'] }))

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
