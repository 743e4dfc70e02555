// An account page that is put together from three services.
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

export async function startDashboard({ monitorConfig, port, services, beside }, pageOf) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)
  const { url: base } = services.upstream

  app.get('/account/:id', (request) => pageOf(base, request.params.id))

  app.get('/account/:id/name', async (request) => {
    const response = await fetch(`${base}/profile/${request.params.id}?fields=name`)
    return response.json()
  })

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
