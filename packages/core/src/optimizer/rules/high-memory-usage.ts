// True when the nearest limit (container or host by the median of the recent third, V8's heap by its floor: what collections
// leave) is above `memoryUsagePercent`. Impact: risk, see riskOf: level and date. Date: robust linear trend, see trend.ts.
// Predicted: with a higher heap limit, the same floor over the new limit; growth has no prediction but its rate.

import type { Evidence, Finding, FindingSeverity, OptimizerRule, RuleContext } from '../../types/findings.js'
import { measured, quantileOf, settledFrom } from '../../types/reading.js'
import { formatBytes, formatMs, formatPercent } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { riskOf, severityOf } from '../impact.js'
import { msUntil, risingTrend, stretches, type Trend } from '../trend.js'

type Recommendation = Finding['recommendations'][number]

const MIN_SAMPLES = 10 // after start-up: fewer may all lie between two collections
const RECENT_SHARE = 1 / 3 // of the window: a level is about now, but not about one sample
const HOUR_MS = 3_600_000
const OWN_SHARE = 0.5 // of what is used: below it this process is not what fills the machine
const ROOM_SHARE = 0.5 // of the heap limit must be free on the machine before a higher one is advised
const HEADROOM_USE = 0.5 // of that room is given to the heap: buffers and other processes need the rest

interface Level {
  readonly of: 'container' | 'host' | 'heap'
  readonly name: string
  readonly usedBytes: number
  readonly limitBytes: number
  readonly percent: number
  readonly trend: Trend | null
  readonly untilMs: number | null
}

export function highMemoryUsage(): OptimizerRule {
  return { name: 'high-memory-usage', evaluate }
}

function evaluate({ window, thresholds }: RuleContext): Finding[] {
  const thresholdPercent = thresholds.memoryUsagePercent
  const levels = [systemLevel(window), heapLevel(window)].filter((level) => level !== null)
  const level = levels.sort((a, b) => b.percent - a.percent)[0]
  if (level === undefined || !(level.percent > thresholdPercent)) return []
  const impactScore = riskOf({ percent: level.percent, thresholdPercent, untilFullMs: level.untilMs })
  const severity = severityOf(impactScore)
  const evidence: Evidence[] = [
    { metric: `${level.of}UsedPercent`, value: level.percent, unit: '%', threshold: thresholdPercent },
    { metric: `${level.of}UsedBytes`, value: level.usedBytes, unit: 'bytes' },
    { metric: `${level.of}LimitBytes`, value: level.limitBytes, unit: 'bytes' },
  ]
  if (level.trend !== null)
    evidence.push({ metric: 'growthBytesPerHour', value: level.trend.perMs * HOUR_MS, unit: 'bytes per hour' })
  if (level.untilMs !== null) evidence.push({ metric: 'timeUntilFullMs', value: level.untilMs, unit: 'ms' })
  return [
    {
      bottleneck: {
        type: 'high-memory-usage',
        severity,
        title: `${level.name} is ${formatPercent(level.percent)} full${level.untilMs === null ? '' : `, at its limit in about ${formatMs(level.untilMs)}`}`,
        description: describe(window, level),
        component: level.of,
        operation: null,
        impactScore,
        evidence,
        location: null,
      },
      recommendations: level.of === 'heap' ? forHeap(window, level, severity) : forSystem(window, level, severity),
    },
  ]
}

function describe(window: MetricsWindow, level: Level): string {
  const floor = level.of === 'heap' ? ' at its lowest, after collections' : ''
  const sentences = [`${formatBytes(level.usedBytes)} of ${formatBytes(level.limitBytes)} are in use${floor}.`]
  if (level.trend !== null) {
    const until =
      level.untilMs === null ? '' : ` At this rate the limit is reached in about ${formatMs(level.untilMs)}.`
    sentences.push(
      `It grows by ${formatBytes(level.trend.perMs * HOUR_MS)} an hour (seen over ${formatMs(level.trend.spanMs)}).${until}`,
    )
  } else {
    sentences.push('It does not grow significantly.')
  }
  const shares = ownMemory(window)
  if (level.of !== 'heap' && shares !== null) sentences.push(`${shares.text}.`)
  return sentences.join(' ')
}

function forHeap(window: MetricsWindow, level: Level, severity: FindingSeverity): Recommendation[] {
  const recommendations: Recommendation[] = []
  const available = recent(window, window.system('memoryAvailableBytes'), 0.5)
  const { trend } = level
  if (trend !== null) {
    recommendations.push({
      type: 'memory-management',
      title: `Find what keeps ${formatBytes(trend.perMs * HOUR_MS)} more alive every hour`,
      description:
        'The heap’s floor rises: collections run and do not get this memory back, so something still refers to it. Compare two heap snapshots taken some minutes apart; what grew between them is the cause.',
      priority: severity,
      implementationEffort: 'medium',
      estimatedImpact: null,
    })
  }
  if (available !== null && available >= ROOM_SHARE * level.limitBytes) {
    const newLimit = level.limitBytes + HEADROOM_USE * available
    const predicted = (level.usedBytes / newLimit) * 100
    recommendations.push({
      type: 'configuration-tuning',
      title: `Raise the heap limit with \`--max-old-space-size=${Math.floor(newLimit / 1024 ** 2)}\``,
      description: `${formatBytes(available)} of the machine are free while V8 may use ${formatBytes(level.limitBytes)}. The same heap would then be ${formatPercent(predicted)} of its limit${trend === null ? '' : '; as it grows, this buys time and is no cure'}.`,
      priority: severity,
      implementationEffort: 'low',
      estimatedImpact: {
        score: 1 - predicted / level.percent,
        metric: 'heapUsedPercent',
        current: level.percent,
        predicted,
        confidence: trend === null ? 0.8 : 0.4,
      },
    })
  }
  if (recommendations.length === 0) {
    recommendations.push({
      type: 'memory-management',
      title: `Keep less than ${formatBytes(level.usedBytes)} alive`,
      description: `The heap does not grow but lives at ${formatPercent(level.percent)} of its limit${available === null ? '' : `, and the machine has only ${formatBytes(available)} free to raise it`}: a heap snapshot shows which caches and tables hold it.`,
      priority: severity,
      implementationEffort: 'medium',
      estimatedImpact: null,
    })
  }
  return recommendations
}

function forSystem(window: MetricsWindow, level: Level, severity: FindingSeverity): Recommendation[] {
  const own = ownMemory(window)
  const isOwn = own !== null && own.rssBytes >= OWN_SHARE * level.usedBytes
  const where = level.of === 'container' ? 'container’s limit' : 'host'
  if (isOwn) {
    return [
      {
        type: 'memory-management',
        title: `Bring this process below ${formatBytes(own.rssBytes)}: it holds ${formatPercent((own.rssBytes / level.usedBytes) * 100)} of what is used`,
        description: `${own.text}: look where most of it is first.`,
        priority: severity,
        implementationEffort: 'medium',
        estimatedImpact: null,
      },
    ]
  }
  return [
    {
      type: 'configuration-tuning',
      title:
        level.of === 'container'
          ? `Raise the container’s limit of ${formatBytes(level.limitBytes)}`
          : 'Free memory of other processes on this host',
      description:
        own === null
          ? `What this process holds of the ${where} was not measured.`
          : `${own.text}: what fills the ${where} is elsewhere.`,
      priority: severity,
      implementationEffort: 'low',
      estimatedImpact: null,
    },
  ]
}

function ownMemory(window: MetricsWindow): { rssBytes: number; text: string } | null {
  const rssBytes = recent(window, window.runtime('rssBytes'), 0.5)
  if (rssBytes === null) return null
  const heap = recent(window, window.runtime('heapUsedBytes'), 0.5)
  const external = recent(window, window.runtime('externalBytes'), 0.5)
  const parts = [
    heap === null ? null : `${formatBytes(heap)} in the JavaScript heap`,
    external === null ? null : `${formatBytes(external)} in buffers and other memory outside of it`,
  ].filter((part) => part !== null)
  return {
    rssBytes,
    text: `This process holds ${formatBytes(rssBytes)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`,
  }
}

function systemLevel(window: MetricsWindow): Level | null {
  const usedBytes = recent(window, window.system('memoryUsedBytes'), 0.5)
  const limitBytes = measured(window.system('memoryTotalBytes')).at(-1)
  if (usedBytes === null || limitBytes === undefined || limitBytes <= 0) return null
  const inContainer = (window.latest.system?.container?.memoryLimitBytes ?? null) !== null
  const trend = trendOf(window, window.system('memoryUsedBytes'), 'median')
  return {
    of: inContainer ? 'container' : 'host',
    name: inContainer ? 'The container’s memory' : 'The host’s memory',
    usedBytes,
    limitBytes,
    percent: (usedBytes / limitBytes) * 100,
    trend,
    untilMs: msUntil(limitBytes - usedBytes, trend),
  }
}

function heapLevel(window: MetricsWindow): Level | null {
  const column = window.runtime('heapUsedBytes')
  const usedBytes = recent(window, column, 0)
  const limitBytes = window.latest.runtime?.heapLimitBytes ?? null
  if (usedBytes === null || limitBytes === null || limitBytes <= 0) return null
  const trend = trendOf(window, column, 'floor')
  return {
    of: 'heap',
    name: 'The JavaScript heap',
    usedBytes,
    limitBytes,
    percent: (usedBytes / limitBytes) * 100,
    trend,
    untilMs: msUntil(limitBytes - usedBytes, trend),
  }
}

function trendOf(window: MetricsWindow, column: readonly (number | null)[], by: 'floor' | 'median'): Trend | null {
  return risingTrend(stretches({ timestamps: window.timestamps, column, from: settledFrom(window) }, by))
}

/** Quantile `q` of the recent third; `null` with too few samples after start-up. */
function recent(window: MetricsWindow, column: readonly (number | null)[], q: number): number | null {
  const values = measured(column, settledFrom(window))
  if (values.length < MIN_SAMPLES) return null
  return quantileOf(values.slice(-Math.max(MIN_SAMPLES, Math.ceil(values.length * RECENT_SHARE))), q)
}
