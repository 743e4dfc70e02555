import { perfMonitor } from '@perf-monitor/express'
import { counts } from '../../perf-monitor.js'

/** @param {import('@perf-monitor/core').PerformanceConfig} [config] */
export function create(config) {
  const install = perfMonitor(config)
  const monitorOf = () => install.monitor
  return { install, monitorOf, ...counts(monitorOf) }
}
