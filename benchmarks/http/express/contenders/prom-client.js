// What most apps that have metrics wrote themselves: a histogram labelled by route, observed when the response has finished.
import { Histogram, Registry } from 'prom-client'

export function create() {
  const registry = new Registry()
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests in seconds',
    labelNames: ['method', 'route', 'status_code'],
    registers: [registry],
  })

  function measure(req, res, next) {
    const startMs = performance.now()
    res.on('finish', () => {
      const route = req.route === undefined ? '(unmatched)' : req.baseUrl + req.route.path
      const labels = { method: req.method, route, status_code: res.statusCode }
      duration.observe(labels, (performance.now() - startMs) / 1000)
    })
    next()
  }

  async function countRequests() {
    const { values } = await duration.get()
    return values.filter(({ metricName }) => metricName.endsWith('_count')).reduce((sum, { value }) => sum + value, 0)
  }

  return { install: measure, countRequests }
}
