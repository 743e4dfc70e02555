// A calendar of teams: who is in, from the service that knows people.
import { perfMonitor } from '@perf-monitor/fastify'
import Fastify from 'fastify'

export async function startCalendar({ monitorConfig, port, services, beside }, presenceOf) {
  const app = Fastify()
  await app.register(perfMonitor, monitorConfig)
  const people = app.perfMonitor.instrument('people', {
    async one(id) {
      const response = await fetch(`${services.upstream.url}/people/${id}`)
      return response.json()
    },
    async many(ids) {
      const response = await fetch(`${services.upstream.url}/people?ids=${ids.join(',')}`)
      return response.json()
    },
  })

  app.get('/teams/:team/presence', (request) => {
    const team = Number(request.params.team)
    const members = Array.from({ length: 8 + (team % 9) }, (_, n) => team * 20 + n)
    return presenceOf(people, members)
  })

  app.get('/holidays', () => [{ day: '2026-12-25' }])

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}
