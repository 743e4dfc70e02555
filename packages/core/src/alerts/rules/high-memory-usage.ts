// Memory of the host (or container) by its mean over the window, or of V8's heap by its lowest value in the window: a heap
// fills up before every collection, so only what collections leave says that it is full. The nearest to its limit is named.
import type { AlertRule } from '../../types/alerts.js'
import { mean, measured } from '../../types/reading.js'
import { formatBytes, formatPercent } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { type BuiltInRuleOptions, MIN_SAMPLES, overWindow } from './options.js'

const CRITICAL_PERCENT = 95 // the next allocation burst ends the process, by the kernel or by V8

interface Level {
  percent: number
  text: string
}

export function highMemoryUsage({ thresholds }: Pick<BuiltInRuleOptions, 'thresholds'>): AlertRule {
  const threshold = thresholds.memoryUsagePercent
  return {
    name: 'high-memory-usage',
    type: 'high-memory-usage',
    severity: 'warning',
    evaluate(window) {
      const levels = [systemLevel(window), heapLevel(window)].filter((level) => level !== null)
      const nearest = levels.sort((a, b) => b.percent - a.percent)[0]
      if (nearest === undefined || !(nearest.percent > threshold)) return []
      return [
        {
          component: 'system',
          operation: null,
          value: nearest.percent,
          threshold,
          unit: '%',
          severity: nearest.percent > CRITICAL_PERCENT ? 'critical' : 'warning',
          message: `${nearest.text} ${overWindow(window)} (threshold ${formatPercent(threshold)})`,
        },
      ]
    },
  }
}

function systemLevel(window: MetricsWindow): Level | null {
  const used = measured(window.system('memoryUsedBytes'))
  const total = measured(window.system('memoryTotalBytes')).at(-1)
  if (used.length < MIN_SAMPLES || total === undefined || total <= 0) return null
  const usedBytes = mean(used) as number
  const percent = (usedBytes / total) * 100
  return {
    percent,
    text: `${formatPercent(percent)} of the memory is in use (${formatBytes(usedBytes)} of ${formatBytes(total)}) on average`,
  }
}

function heapLevel(window: MetricsWindow): Level | null {
  const used = measured(window.runtime('heapUsedBytes'))
  const limit = window.latest.runtime?.heapLimitBytes ?? null
  if (used.length < MIN_SAMPLES || limit === null || !(limit > 0)) return null
  const floor = Math.min(...used)
  const percent = (floor / limit) * 100
  return {
    percent,
    text: `the heap never went below ${formatPercent(percent)} of its limit (${formatBytes(floor)} of ${formatBytes(limit)})`,
  }
}
