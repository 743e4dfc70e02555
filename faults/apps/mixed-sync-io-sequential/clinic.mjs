// A clinic: the day's overview from three registers, and letters to download.
import { setTimeout as wait } from 'node:timers/promises'
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

export async function startClinic({ monitorConfig, port, beside }, { overviewOf, letterOf }) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)
  const registers = app.perfMonitor.instrument('registers', {
    appointments: (day) => answer(75, { day, appointments: Math.floor(90 * Math.random()) }),
    beds: (day) => answer(90, { day, free: Math.floor(40 * Math.random()) }),
    staff: (day) => answer(65, { day, present: 31 }),
    patient: (id) => answer(5, { id, name: `Patient ${id}` }),
  })

  app.get('/days/:day', (request) => overviewOf(registers, request.params.day))

  app.get('/patients/:id/letters', async (request, reply) => {
    const patient = await registers.patient(request.params.id)
    return reply.type('application/gzip').send(await letterOf(patient))
  })

  app.get('/patients/:id', (request) => registers.patient(request.params.id))

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}

async function answer(ms, value) {
  await wait(ms * (0.9 + 0.2 * Math.random()))
  return value
}
