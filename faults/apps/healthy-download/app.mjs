// Backups to download: 12 MB each, streamed, to clients whose lines are slow.
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const CHUNK = Buffer.alloc(200_000, 'backup')
const CHUNKS = 60
const CHUNK_GAP_MS = 40 // what the line of a client takes

export default async function start({ monitorConfig, port, beside }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.get('/backups', async () => ({ backups: ['monday', 'tuesday', 'wednesday'] }))

  app.get('/backups/:name', (_request, reply) => {
    reply.header('content-disposition', 'attachment').type('application/octet-stream')
    return reply.send(Readable.from(backup()))
  })

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}

async function* backup() {
  for (let i = 0; i < CHUNKS; i++) {
    yield CHUNK
    await wait(CHUNK_GAP_MS)
  }
}
