// Invoices from templates that are compiled when they are first asked for: each route is slow once.
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const TEMPLATES = 12
const COMPILE_MS = 250

export default async function start({ monitorConfig, port, beside }) {
  const app = Fastify()
  const compiled = new Map()
  await app.register(perfMonitor, monitorConfig)

  app.get('/invoices/:template/:id', async (request) => {
    const { template, id } = request.params
    if (!compiled.has(template)) compiled.set(template, compile(Number(template) % TEMPLATES))
    return { invoice: compiled.get(template)(id) }
  })

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}

function compile(number) {
  const until = performance.now() + COMPILE_MS
  let parts = 0
  while (performance.now() < until) parts = (parts * 7 + number) % 9973
  return (id) => `Invoice ${id}: ${'x'.repeat(100 + (parts % 10))}`
}
