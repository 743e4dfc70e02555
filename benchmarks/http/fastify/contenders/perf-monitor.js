import { perfMonitor } from '@perf-monitor/fastify'
import { counts } from '../../perf-monitor.js'

/** @param {import('@perf-monitor/core').PerformanceConfig} [config] */
export function create(config) {
  let monitor = null
  async function install(app) {
    await app.register(perfMonitor, config)
    monitor = app.perfMonitor
  }

  const monitorOf = () => monitor
  return { install, monitorOf, ...counts(monitorOf) }
}
