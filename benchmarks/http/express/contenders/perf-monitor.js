import { perfMonitor } from '@perf-monitor/express'

export function create() {
  const middleware = perfMonitor()
  const countRequests = () => middleware.monitor.getSnapshot().componentMetrics.http?.totalOperations ?? 0
  return { install: middleware, countRequests }
}
