// Two or more of CPU, memory and event loop at their limit together, each for at least half of the window: one busy resource is
// a full house, several leave nothing to cope with. Every share is the window's mean, never one spike.
import type { AlertRule } from '../../types/alerts.js'
import { formatPercent } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { type BuiltInRuleOptions, overWindow, sustainedAbove } from './options.js'

const LIMIT_PERCENT = 90 // queues grow as 1 / (1 - utilization): beyond this a tenth more load doubles the waiting
const MEMORY_PRESSURE_PERCENT = 10 // tasks wait for memory a tenth of the time: the machine pages instead of working
const TOGETHER = 2

export function systemOverload({ thresholds }: Pick<BuiltInRuleOptions, 'thresholds'>): AlertRule {
  return {
    name: 'system-overload',
    type: 'system-overload',
    severity: 'critical',
    evaluate(window) {
      const cpuLimit = Math.max(LIMIT_PERCENT, thresholds.cpuUsagePercent)
      const memoryLimit = Math.max(LIMIT_PERCENT, thresholds.memoryUsagePercent)
      const cpu = sustainedAbove(window.system('cpuUsagePercent'), cpuLimit)
      const memory = sustainedAbove(memoryPercent(window), memoryLimit)
      const pressure = sustainedAbove(window.system('pressure.memory'), MEMORY_PRESSURE_PERCENT)
      const loop = sustainedAbove(window.runtime('eventLoopUtilizationPercent'), LIMIT_PERCENT)
      const full: string[] = []
      if (cpu !== null) full.push(`CPU ${formatPercent(cpu)}`)
      if (memory !== null) full.push(`memory ${formatPercent(memory)}`)
      else if (pressure !== null) full.push(`tasks waiting for memory ${formatPercent(pressure)} of the time`)
      if (loop !== null) full.push(`event loop ${formatPercent(loop)} busy`)
      if (full.length < TOGETHER) return []
      return [
        {
          component: 'system',
          operation: null,
          value: full.length,
          threshold: TOGETHER - 1,
          unit: 'resources',
          message: `${full.length} resources are at their limit together ${overWindow(window)}: ${full.join(', ')}`,
        },
      ]
    },
  }
}

function memoryPercent(window: MetricsWindow): (number | null)[] {
  const total = window.system('memoryTotalBytes')
  return window.system('memoryUsedBytes').map((used, i) => {
    const of = total[i]
    return used === null || !of ? null : (used / of) * 100
  })
}
