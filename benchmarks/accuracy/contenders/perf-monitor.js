import { PerformanceMonitor } from '@perf-monitor/core'

/** Operations of a monitor that is not started: the intervals are closed here instead of by its timer. */
export function create() {
  const monitor = new PerformanceMonitor()
  const { tracker } = monitor
  const endInterval = () => {
    for (const operation of tracker.takeDirty()) operation.closeInterval(Date.now())
  }
  return {
    series(name) {
      const operation = monitor.operation('bench', name)
      return (ms) => operation.record(ms)
    },
    endInterval,
    quantile(name, q) {
      endInterval()
      return monitor.operation('bench', name).series[0].total.quantile(q)
    },
  }
}
