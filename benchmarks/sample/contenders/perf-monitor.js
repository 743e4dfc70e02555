import { PerformanceMonitor } from '@perf-monitor/core'

/** With its defaults; its own timers never fire: samples are taken when they are asked for. */
export async function create() {
  const never = () => ({ cancel() {} })
  const clock = { now: Date.now, monotonicMs: () => performance.now(), every: never, after: never }
  const monitor = new PerformanceMonitor({ clock })
  await monitor.start()
  return {
    sample: () => monitor.sample(),
    isComplete: () => {
      const { systemMetrics, runtimeMetrics } = monitor.getSnapshot()
      return systemMetrics?.cpuUsagePercent != null && runtimeMetrics?.cpuPercent != null
    },
  }
}
