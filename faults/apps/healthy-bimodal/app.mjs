// Weather: two thirds of the places are in the cache, the others are asked from the stations, which takes a while.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

const CACHED = 1000
const STATION_MS = 140

export default async function start({ monitorConfig, port, beside }) {
  const app = Fastify()
  const cache = new Map()
  await app.register(perfMonitor, monitorConfig)

  const ask = (place) =>
    app.perfMonitor.track('stations', 'read', async () => {
      await wait(STATION_MS * (0.8 + 0.4 * Math.random()))
      return { place, celsius: 10 + (place % 20), at: Date.now() }
    })

  app.get('/weather/:place', async (request) => {
    const place = Number(request.params.place)
    const known = cache.get(place)
    if (known !== undefined) return known
    const weather = await ask(place)
    cache.set(place, weather)
    if (cache.size > CACHED) cache.delete(cache.keys().next().value)
    return weather
  })

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
