// The start page of a shop: five services are asked at once, the page is as quick as the slowest of them.
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const PARTS = ['offers', 'basket', 'reviews', 'stock', 'news']

export default async function start({ monitorConfig, port, services, beside }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.get('/start/:customer', async (request) => {
    const parts = await Promise.all(PARTS.map((part) => ask(`${part}/${request.params.customer}`)))
    return Object.fromEntries(PARTS.map((part, i) => [part, parts[i]]))
  })

  app.get('/offers/:customer', (request) => ask(`offers/${request.params.customer}`))

  async function ask(path) {
    const response = await fetch(`${services.upstream.url}/${path}`)
    if (!response.ok) throw new Error(`${path} answers ${response.status}`)
    return response.json()
  }

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
