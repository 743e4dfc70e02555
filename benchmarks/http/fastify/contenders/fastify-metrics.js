import fastifyMetrics from 'fastify-metrics'

const ROUTE_METRICS = { enabled: { histogram: true, summary: false } } // both would be the same figure twice

export function create() {
  let app = null
  async function install(into) {
    app = into
    await app.register(fastifyMetrics, { defaultMetrics: { enabled: false }, routeMetrics: ROUTE_METRICS })
  }

  async function countRequests() {
    const duration = app.metrics.client.register.getSingleMetric('http_request_duration_seconds')
    const { values } = await duration.get()
    return values.filter(({ metricName }) => metricName.endsWith('_count')).reduce((sum, { value }) => sum + value, 0)
  }

  return { install, countRequests }
}
