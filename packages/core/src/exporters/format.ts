// Figures as people say them: three significant digits, the unit that fits, thousands separated. The page says them the same way.

import type { SourceLocation } from '../types/findings.js'
import {
  formatBytes as bytesText,
  formatCount,
  formatMs,
  formatPercent as percentText,
  significant,
} from '../types/units.js'

const UNKNOWN = '–'
const METRIC_UNITS: readonly (readonly [RegExp, string])[] = [
  [/BytesPerSecond$/, 'bytes/s'],
  [/BytesPerHour$/, 'bytes/h'],
  [/PerSecond$/, '/s'],
  [/PerMinute$/, '/min'],
  [/Percent$/, '%'],
  [/Bytes$/, 'bytes'],
  [/Seconds$/, 's'],
  [/Ms$/, 'ms'],
  [/Cores$/, 'cores'],
]

type Figure = number | null | undefined

/** Integers exactly, other numbers with three significant digits. */
export function formatNumber(value: Figure): string {
  return isKnown(value) ? formatCount(value) : UNKNOWN
}

export function formatDuration(ms: Figure): string {
  return isKnown(ms) ? formatMs(ms) : UNKNOWN
}

export function formatBytes(bytes: Figure): string {
  return isKnown(bytes) ? bytesText(bytes) : UNKNOWN
}

export function formatPercent(percent: Figure): string {
  return isKnown(percent) ? percentText(percent) : UNKNOWN
}

/** A figure with the unit that an alert, an evidence or a metric's name gives. */
export function formatValue(value: Figure, unit: string): string {
  if (!isKnown(value)) return UNKNOWN
  switch (unit.toLowerCase()) {
    case 'ms':
    case 'milliseconds':
      return formatDuration(value)
    case 's':
    case 'seconds':
      return formatDuration(value * 1000)
    case '%':
    case 'percent':
      return formatPercent(value)
    case 'b':
    case 'bytes':
      return formatBytes(value)
    case 'bytes/s':
    case 'b/s':
      return `${formatBytes(value)}/s`
    case 'bytes/h':
      return `${formatBytes(value)}/h`
    case '':
    case '1':
    case 'count':
      return formatNumber(value)
    default:
      return unit.startsWith('/') ? `${significant(value)}${unit}` : `${formatNumber(value)} ${unit}`
  }
}

/** `eventLoopDelay.p99Ms` is called "event loop delay p99" and counted in ms. */
export function describeMetric(metric: string): { label: string; unit: string } {
  const found = METRIC_UNITS.find(([suffix]) => suffix.test(metric))
  const words = (found === undefined ? metric : metric.replace(found[0], ''))
    .replace(/[._-]+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .trim()
  // a name in words ("CPU time") is left as its author wrote it
  const label = /\s/.test(metric) ? metric : words.toLowerCase().replace(/\bcpu\b/g, 'CPU')
  return { label: label === '' ? metric : label, unit: found === undefined ? '' : found[1] }
}

/** `src/orders.ts:42`. */
export function formatPlace({ file, line }: SourceLocation): string {
  return Number.isInteger(line) ? `${file}:${line}` : file
}

function isKnown(value: Figure): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
