// Prices of a travel agency, from the airline's service.
import http from 'node:http'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

export async function startAgency({ monitorConfig, port, services, beside }, newAgent) {
  const agent = newAgent()
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.get('/flights/:from', async (request) => priceOf(request.params.from))

  app.get('/airports', async () => ['CGN', 'DUS', 'FRA'])

  function priceOf(from) {
    return new Promise((resolve, reject) => {
      // what the airline wants
      const asked = http.get(`${services.upstream.url}/prices/${from}`, { agent: agent() }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve(JSON.parse(text)))
      })
      asked.on('error', reject)
    })
  }

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
