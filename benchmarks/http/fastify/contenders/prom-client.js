// What most apps that have metrics wrote themselves: a histogram labelled by route, observed when the response was sent.
import { Histogram, Registry } from 'prom-client'

export function create() {
  const registry = new Registry()
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests in seconds',
    labelNames: ['method', 'route', 'status_code'],
    registers: [registry],
  })

  function install(app) {
    app.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? '(unmatched)'
      const labels = { method: request.method, route, status_code: reply.statusCode }
      duration.observe(labels, reply.elapsedTime / 1000)
      done()
    })
  }

  async function countRequests() {
    const { values } = await duration.get()
    return values.filter(({ metricName }) => metricName.endsWith('_count')).reduce((sum, { value }) => sum + value, 0)
  }

  return { install, countRequests }
}
