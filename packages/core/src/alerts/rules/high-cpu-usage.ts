// CPU of the host (or container) above the threshold: mean of the window, and half of its samples. Where the host has more
// cores than this process can use, the event loop's one thread is what fills up: it counts when both its utilization and
// the process's CPU (of one core) are above. One alert for both, so that one cause is one alert.
import type { AlertRule } from '../../types/alerts.js'
import { formatPercent } from '../../types/units.js'
import { type BuiltInRuleOptions, overWindow, sustainedAbove } from './options.js'

export function highCpuUsage({ thresholds }: Pick<BuiltInRuleOptions, 'thresholds'>): AlertRule {
  const threshold = thresholds.cpuUsagePercent
  return {
    name: 'high-cpu-usage',
    type: 'high-cpu-usage',
    severity: 'warning',
    evaluate(window) {
      const host = sustainedAbove(window.system('cpuUsagePercent'), threshold)
      const loop = sustainedAbove(window.runtime('eventLoopUtilizationPercent'), threshold)
      const ownCpu = sustainedAbove(window.runtime('cpuPercent'), threshold)
      const value = host ?? (loop !== null && ownCpu !== null ? Math.min(loop, ownCpu) : null)
      if (value === null) return []
      const what =
        host !== null ? 'CPU usage is' : `the event loop is ${formatPercent(loop as number)} busy and this process uses`
      const unit = host !== null ? '' : ' of one core'
      const shown = formatPercent(host ?? (ownCpu as number))
      return [
        {
          component: 'system',
          operation: null,
          value,
          threshold,
          unit: '%',
          message: `${what} ${shown}${unit} on average ${overWindow(window)} (threshold ${formatPercent(threshold)})`,
        },
      ]
    },
  }
}
