// A broker: quotes from an exchange, orders, and a journal of what was looked at.
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

export async function startBroker({ monitorConfig, port, services, beside }, { remember, quoteOf, placeOrder }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)

  app.get('/quotes/:symbol', async (request) => ({
    quote: await quoteOf(services.upstream.url, request.params.symbol),
  }))

  app.get('/symbols/:symbol', async (request) => {
    const { symbol } = request.params
    remember({ symbol, at: Date.now(), agent: request.headers['user-agent'] ?? 'none' })
    return { symbol, name: `Share ${symbol}` }
  })

  app.post('/orders', async (request, reply) => reply.code(201).send(placeOrder(request.body)))

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
