// Tariffs of an energy supplier: computed from a year of prices in a store, the same for everyone in a region.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const STORE_MS = 170

export async function startTariffs({ monitorConfig, port, beside }, { cached }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)
  const store = app.perfMonitor.instrument('store', {
    async yearOfPrices(region) {
      await wait(STORE_MS * (0.9 + 0.2 * Math.random()))
      return Array.from({ length: 365 }, (_, day) => 20 + ((day * 7 + region) % 11))
    },
  })

  app.get('/regions/:region/tariff', async (request) => {
    const region = Number(request.params.region)
    const prices = await cached(region, () => store.yearOfPrices(region))
    return { region, centsPerKwh: prices.reduce((sum, price) => sum + price, 0) / prices.length }
  })

  app.get('/customers/:id/meter', async (request) => {
    await wait(5)
    return { customer: request.params.id, kwh: Math.round(1e6 * Math.random()) }
  })

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
