// One alert per mount whose `Use%`, as `df` shows it, is above the threshold now: a disk does not spike, so the newest sample
// is enough; a mean would only tell later.
import type { AlertRule } from '../../types/alerts.js'
import { isWritableDisk } from '../../types/reading.js'
import { formatBytes, formatPercent, printable } from '../../types/units.js'
import type { BuiltInRuleOptions } from './options.js'

const CRITICAL_PERCENT = 98 // logs and databases begin to fail on reserved blocks and temporary files before 100

export function highDiskUsage({ thresholds }: Pick<BuiltInRuleOptions, 'thresholds'>): AlertRule {
  const threshold = thresholds.diskUsagePercent
  return {
    name: 'high-disk-usage',
    type: 'high-disk-usage',
    severity: 'warning',
    evaluate(window) {
      const disks = window.latest.system?.disks ?? []
      return disks
        .filter((disk) => isWritableDisk(disk) && disk.usedPercent > threshold)
        .map((disk) => ({
          component: 'system',
          operation: null,
          value: disk.usedPercent,
          threshold,
          unit: '%',
          severity: disk.usedPercent > CRITICAL_PERCENT ? ('critical' as const) : ('warning' as const),
          message:
            `disk ${printable(disk.mount)} is ${formatPercent(disk.usedPercent)} full, ` +
            `${formatBytes(disk.availableBytes)} left (threshold ${formatPercent(threshold)})`,
          labels: { mount: disk.mount },
        }))
    },
  }
}
