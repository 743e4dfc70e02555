import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import fastify from 'fastify'

export async function startSignup({ monitorConfig, port, beside }, { isAddress }) {
  const app = fastify()
  await app.register(perfMonitor, monitorConfig)
  const members = new Map()
  app.post('/members', async (request, reply) => {
    await wait(4)
    const { email } = request.body
    if (!isAddress(email)) return reply.code(422).send({ error: 'no e-mail address' })
    members.set(email, { since: Date.now() })
    if (members.size > 500) members.clear()
    return { email }
  })
  app.get('/members/:id', async (request) => {
    await wait(3)
    return { id: request.params.id, name: 'A member' }
  })
  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: async () => app.close() }
}
