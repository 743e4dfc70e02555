export { InjectMonitor } from './inject-monitor.js'
export { MonitorRule } from './monitor-rule.js'
export { Monitored, type MonitoredOptions } from './monitored.js'
export {
  type PerfMonitorAsyncOptions,
  PerfMonitorModule,
  type PerfMonitorOptionsFactory,
} from './perf-monitor-module.js'
