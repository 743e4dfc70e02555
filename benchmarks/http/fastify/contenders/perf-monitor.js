import { perfMonitor } from '@perf-monitor/fastify'

export function create() {
  let monitor = null
  async function install(app) {
    await app.register(perfMonitor)
    monitor = app.perfMonitor
  }

  const countRequests = () => monitor.getSnapshot().componentMetrics.http?.totalOperations ?? 0
  return { install, countRequests }
}
