// Pictures are made smaller in worker threads: much CPU, none of it on the event loop.
import { Worker } from 'node:worker_threads'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const JOB = new URL('resize.mjs', import.meta.url)

export default async function start({ monitorConfig, port, beside }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)
  const worker = new Worker(JOB)
  const waiting = new Map()
  let jobs = 0
  worker.on('message', ({ id, checksum }) => {
    waiting.get(id)(checksum)
    waiting.delete(id)
  })

  const resize = (picture) =>
    app.perfMonitor.track('resize', 'thumbnail', () => {
      const id = ++jobs
      worker.postMessage({ id, picture })
      return new Promise((resolve) => waiting.set(id, resolve))
    })

  app.post('/pictures/:id/thumbnail', async (request) => ({ checksum: await resize(Number(request.params.id)) }))
  app.get('/pictures/:id', async (request) => ({ id: request.params.id, waiting: waiting.size }))

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return {
    url,
    async stop() {
      await worker.terminate()
      await app.close()
    },
  }
}
