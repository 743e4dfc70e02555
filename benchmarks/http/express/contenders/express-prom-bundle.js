import promBundle from 'express-prom-bundle'
import { Registry } from 'prom-client'

export function create() {
  const registry = new Registry()
  const install = promBundle({ includeMethod: true, includePath: true, promRegistry: registry })
  async function countRequests() {
    const { values } = await registry.getSingleMetric('http_request_duration_seconds').get()
    return values.filter(({ metricName }) => metricName.endsWith('_count')).reduce((sum, { value }) => sum + value, 0)
  }

  return { install, countRequests }
}
