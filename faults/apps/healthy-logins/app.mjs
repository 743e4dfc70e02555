// Sign-ins: a password is hashed for 60 ms on purpose, in libuv's pool, some of them wrong.
import { randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const hash = promisify(scrypt)
const COST = { N: 16_384, r: 8, p: 1 }

export default async function start({ monitorConfig, port, beside }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)
  const sessions = new Map()
  const salt = randomBytes(16)
  const expected = await hash('correct horse', salt, 32, COST)

  app.post('/sessions', async (request, reply) => {
    const given = await hash(request.body.password, salt, 32, COST)
    if (!given.equals(expected)) return reply.code(401).send({ error: 'wrong password' })
    const token = randomBytes(16).toString('hex')
    sessions.set(token, Date.now())
    if (sessions.size > 1000) sessions.delete(sessions.keys().next().value)
    return reply.code(201).send({ token })
  })

  app.get('/sessions', async () => ({ count: sessions.size }))

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
