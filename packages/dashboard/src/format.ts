// Figures as people say them: three significant digits, the unit that fits, a dash for what is not known.

export type Unit = 'duration' | 'rate' | 'percent' | 'bytes' | 'bytesRate' | 'count' | 'plain'

export const UNKNOWN = '–'
const NBSP = '\u00a0'

const threeDigits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const wholeNumber = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const allDigits = new Intl.NumberFormat('en', { maximumFractionDigits: 6 })

const DURATION_UNITS: readonly (readonly [name: string, sizeMs: number])[] = [
  ['µs', 0.001],
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].map((name, power) => [name, 1024 ** power] as const)

type Figure = number | null | undefined

export function isKnown(value: Figure): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Integers exactly, other numbers with three significant digits. */
export function formatNumber(value: Figure): string {
  if (!isKnown(value)) return UNKNOWN
  return Number.isInteger(value) ? wholeNumber.format(value === 0 ? 0 : value) : significant(value)
}

/** Whole up to a million: counts are compared digit by digit. */
export function formatCount(value: Figure): string {
  if (!isKnown(value) || Math.abs(value) < 1e6) return formatNumber(value)
  return Math.abs(value) < 1e9 ? `${significant(value / 1e6)}${NBSP}M` : `${significant(value / 1e9)}${NBSP}bn`
}

export function formatDuration(ms: Figure): string {
  if (!isKnown(ms)) return UNKNOWN
  return ms === 0 ? `0${NBSP}ms` : scaled(ms, DURATION_UNITS)
}

export function formatBytes(bytes: Figure): string {
  return isKnown(bytes) ? scaled(bytes, BYTE_UNITS) : UNKNOWN
}

export function formatPercent(percent: Figure): string {
  return isKnown(percent) ? `${significant(percent)}${NBSP}%` : UNKNOWN
}

/** Per minute when it is rarer than one in ten seconds. */
export function formatRate(perSecond: Figure): string {
  if (!isKnown(perSecond)) return UNKNOWN
  if (perSecond > 0 && perSecond < 0.1) return `${significant(perSecond * 60)}/min`
  return `${significant(perSecond)}/s`
}

export function formatFigure(value: Figure, unit: Unit): string {
  switch (unit) {
    case 'duration':
      return formatDuration(value)
    case 'rate':
      return formatRate(value)
    case 'percent':
      return formatPercent(value)
    case 'bytes':
      return formatBytes(value)
    case 'bytesRate':
      return isKnown(value) ? `${formatBytes(value)}/s` : UNKNOWN
    case 'count':
      return formatCount(value)
    case 'plain':
      return formatNumber(value)
  }
}

/** The whole value, for a tooltip. */
export function exactFigure(value: Figure, unit: Unit): string {
  if (!isKnown(value)) return 'not measured'
  const names: Record<Unit, string> = {
    duration: ' ms',
    rate: ' per second',
    percent: ' %',
    bytes: ' bytes',
    bytesRate: ' bytes per second',
    count: '',
    plain: '',
  }
  return `${allDigits.format(value)}${names[unit]}`
}

/** A value whose unit came as a word: evidence, alerts. */
export function formatWithUnit(value: Figure, unit: string): string {
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
      return unit.startsWith('/') ? `${significant(value)}${unit}` : `${formatNumber(value)}${NBSP}${unit}`
  }
}

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

/** `eventLoopDelay.p99Ms` is called "event loop delay p99" and counted in ms. Core's exporters say it the same way. */
export function describeMetric(metric: string): { label: string; unit: string } {
  const found = METRIC_UNITS.find(([suffix]) => suffix.test(metric))
  const unit = found === undefined ? '' : found[1]
  // a name in words ("CPU time") is left as its author wrote it
  if (/\s/.test(metric)) return { label: metric, unit }
  const label = (found === undefined ? metric : metric.replace(found[0], ''))
    .replace(/[._-]+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .trim()
    .toLowerCase()
    .replace(/\bcpu\b/g, 'CPU')
  return { label: label === '' ? metric : label, unit }
}

/** Where code cannot be set apart: tooltips, marks. */
export function plainText(text: string): string {
  return text.replaceAll('`', '')
}

/** The middle goes, because a template differs at both ends. */
export function shortenMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const head = Math.ceil((maxLength - 1) * 0.6)
  return `${text.slice(0, head)}…${text.slice(text.length - (maxLength - 1 - head))}`
}

function scaled(value: number, units: readonly (readonly [string, number])[]): string {
  let chosen = units[0] as readonly [string, number]
  for (const unit of units) {
    // by the rounded value: 999.7 ms is said as 1 s, not as 1,000 ms
    const rounded = Number((Math.abs(value) / chosen[1]).toPrecision(3)) * chosen[1]
    if (Math.max(rounded, Math.abs(value)) >= unit[1]) chosen = unit
  }
  return `${significant(value / chosen[1])}${NBSP}${chosen[0]}`
}

function significant(value: number): string {
  const rounded = Number(value.toPrecision(3))
  // below a thousandth only noise is left
  if (rounded !== 0 && Math.abs(rounded) < 0.001) return rounded < 0 ? '> -0.001' : '< 0.001'
  return threeDigits.format(rounded === 0 ? 0 : rounded)
}
