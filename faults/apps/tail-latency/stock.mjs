// Stock of a warehouse: a snapshot is written every few seconds, and reservations may have to wait for it.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const RESERVE_MS = 6

export async function startStock({ monitorConfig, port, beside }, { exclusive, snapshot, everyMs }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.get('/stock/:sku', async (request) => {
    await wait(2)
    return { sku: request.params.sku, pieces: Math.floor(90 * Math.random()) }
  })

  app.post('/stock/:sku/reservations', async (request, reply) => {
    await exclusive(() => wait(RESERVE_MS))
    return reply.code(201).send({ sku: request.params.sku, reserved: 1 })
  })

  const snapshots = setInterval(() => void snapshot(), everyMs)
  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return {
    url,
    async stop() {
      clearInterval(snapshots)
      await app.close()
    },
  }
}
