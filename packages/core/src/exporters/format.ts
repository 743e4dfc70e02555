// Figures as people say them: three significant digits, the unit that fits, thousands separated. The page says them the same way.

import type { SourceLocation } from '../types/findings.js'

const UNKNOWN = '–'
const SIGNIFICANT_DIGITS = 3
const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ['µs', 0.001],
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]
const BYTE_UNITS: readonly (readonly [string, number])[] = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].map(
  (unit, power) => [unit, 1024 ** power] as const,
)
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
  if (!isKnown(value)) return UNKNOWN
  return Number.isInteger(value) ? thousands(String(value)) : significant(value)
}

export function formatDuration(ms: Figure): string {
  if (!isKnown(ms)) return UNKNOWN
  if (ms === 0) return '0 ms'
  return scaled(ms, DURATION_UNITS)
}

export function formatBytes(bytes: Figure): string {
  return isKnown(bytes) ? scaled(bytes, BYTE_UNITS) : UNKNOWN
}

export function formatPercent(percent: Figure): string {
  return isKnown(percent) ? `${significant(percent)} %` : UNKNOWN
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

function scaled(value: number, units: readonly (readonly [string, number])[]): string {
  let chosen = units[0] as readonly [string, number]
  for (const unit of units) {
    const rounded = Number((Math.abs(value) / chosen[1]).toPrecision(SIGNIFICANT_DIGITS))
    if (rounded * chosen[1] >= unit[1])
      chosen = unit // rounded: 999.7 ms is said as 1 s, not as 1,000 ms
    else if (Math.abs(value) >= unit[1]) chosen = unit
  }
  return `${significant(value / chosen[1])} ${chosen[0]}`
}

function significant(value: number): string {
  const rounded = Number(value.toPrecision(SIGNIFICANT_DIGITS))
  // below a thousandth only noise is left, and toString would turn to exponents
  if (rounded !== 0 && Math.abs(rounded) < 0.001) return rounded < 0 ? '> -0.001' : '< 0.001'
  return thousands(String(rounded))
}

function thousands(digits: string): string {
  if (digits.includes('e')) return digits
  const [whole = '', fraction] = digits.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
