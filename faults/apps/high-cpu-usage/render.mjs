import { perfMonitor } from '@perf-monitor/fastify'
import fastify from 'fastify'

const LINES = 330

export async function startPages({ monitorConfig, port, beside }, { highlight }) {
  const app = fastify()
  await app.register(perfMonitor, monitorConfig)
  for (const kind of ['docs', 'guides', 'notes', 'recipes']) {
    app.get(`/${kind}/:id`, async (request) => ({
      id: request.params.id,
      html: page(kind, request.params.id, highlight),
    }))
  }
  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: async () => app.close() }
}

function page(kind, id, highlight) {
  return Array.from({ length: LINES }, (_, i) =>
    highlight(`const ${kind}${i} = load("${id}", ${i}) // line ${i} of ${kind}`),
  ).join('\n')
}
