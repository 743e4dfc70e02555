// True when a writable mount is above `diskUsagePercent` in the newest sample (disks do not spike). Impact: risk, see riskOf.
// Date: robust trend of the space used on all disks, so only where one mount is nearly all of it. Predicted: the level after
// freeing what is too much.

import type { Evidence, Finding, OptimizerRule, RuleContext } from '../../types/findings.js'
import type { DiskMetrics } from '../../types/metrics.js'
import { isWritableDisk, settledFrom } from '../../types/reading.js'
import { formatBytes, formatMs, formatPercent, printable } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { riskOf, severityOf } from '../impact.js'
import { msUntil, risingTrend, stretches } from '../trend.js'

const ALONE_SHARE = 0.9 // of the space of all disks: growth of the sum is then growth of this one
const HOUR_MS = 3_600_000
const CONFIDENCE = 0.9 // arithmetic; what is deleted may come back

export function highDiskUsage(): OptimizerRule {
  return { name: 'high-disk-usage', evaluate }
}

function evaluate({ window, thresholds }: RuleContext): Finding[] {
  const disks = (window.latest.system?.disks ?? []).filter(isWritableDisk)
  return disks
    .filter((disk) => disk.usedPercent > thresholds.diskUsagePercent)
    .sort((a, b) => b.usedPercent - a.usedPercent)
    .map((disk) => findingOf(window, disk, thresholds.diskUsagePercent))
}

function findingOf(window: MetricsWindow, disk: DiskMetrics, thresholdPercent: number): Finding {
  const mount = printable(disk.mount)
  const trend = growth(window, disk)
  const untilFullMs = msUntil(disk.availableBytes, trend)
  const impactScore = riskOf({ percent: disk.usedPercent, thresholdPercent, untilFullMs })
  const severity = severityOf(impactScore)
  const tooMuchBytes = disk.usedBytes - (thresholdPercent / 100) * (disk.usedBytes + disk.availableBytes)
  const evidence: Evidence[] = [
    { metric: 'diskUsedPercent', value: disk.usedPercent, unit: '%', threshold: thresholdPercent },
    { metric: 'diskAvailableBytes', value: disk.availableBytes, unit: 'bytes' },
  ]
  if (trend !== null)
    evidence.push({ metric: 'growthBytesPerHour', value: trend.perMs * HOUR_MS, unit: 'bytes per hour' })
  if (untilFullMs !== null) evidence.push({ metric: 'timeUntilFullMs', value: untilFullMs, unit: 'ms' })
  const rate =
    trend === null
      ? 'No significant growth was seen on this disk alone.'
      : `It grows by ${formatBytes(trend.perMs * HOUR_MS)} an hour (seen over ${formatMs(trend.spanMs)})${untilFullMs === null ? '' : `: full in about ${formatMs(untilFullMs)}`}.`
  return {
    bottleneck: {
      type: 'high-disk-usage',
      severity,
      title: `Disk ${mount} is ${formatPercent(disk.usedPercent)} full${untilFullMs === null ? '' : `, full in about ${formatMs(untilFullMs)}`}`,
      description: `${formatBytes(disk.availableBytes)} of ${formatBytes(disk.totalBytes)} are left for unprivileged processes on ${mount} (${printable(disk.type)}). ${rate}`,
      component: 'disk',
      operation: disk.mount,
      impactScore,
      evidence,
      location: null,
    },
    recommendations: [
      {
        type: 'configuration-tuning',
        title: `Free ${formatBytes(tooMuchBytes)} on ${mount}, or enlarge it`,
        description: `${formatBytes(tooMuchBytes)} less bring it to ${formatPercent(thresholdPercent)}.${
          trend === null
            ? ''
            : ` At ${formatBytes(trend.perMs * HOUR_MS)} an hour that lasts ${formatMs(tooMuchBytes / trend.perMs)}: find what writes it as well.`
        }`,
        priority: severity,
        implementationEffort: 'low',
        estimatedImpact: {
          score: Math.min(1, tooMuchBytes / disk.usedBytes),
          metric: 'diskUsedPercent',
          current: disk.usedPercent,
          predicted: thresholdPercent,
          confidence: CONFIDENCE,
        },
      },
    ],
  }
}

function growth(window: MetricsWindow, disk: DiskMetrics): ReturnType<typeof risingTrend> {
  const totalBytes = window.latest.system?.diskTotalBytes ?? null
  if (totalBytes === null || disk.totalBytes < ALONE_SHARE * totalBytes) return null
  const column = window.system('diskUsedBytes')
  return risingTrend(stretches({ timestamps: window.timestamps, column, from: settledFrom(window) }, 'median'))
}
