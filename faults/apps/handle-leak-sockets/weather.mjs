import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import fastify from 'fastify'

export async function startWeather({ monitorConfig, port, beside }, { ask }) {
  // the station: a line protocol of its own
  const station = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write('21.5\n'))
  })
  station.listen(0, '127.0.0.1')
  await once(station, 'listening')
  const app = fastify()
  await app.register(perfMonitor, monitorConfig)
  app.get('/temperature/:place', async (request) => ({
    place: request.params.place,
    degrees: await ask(station.address().port, request.params.place),
  }))
  app.get('/places', async () => {
    await wait(3)
    return ['north', 'south', 'harbour']
  })
  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: async () => app.close() }
}
