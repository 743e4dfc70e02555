// Figures as people read them, for messages of alerts, findings and reports. Row 1, because rows that may not import
// each other write the same sentences.

const SIGNIFICANT_DIGITS = 3
const MAX_NAME_LENGTH = 160 // a query text can be pages long; the fields beside the message hold the whole name
// Control characters forge log lines, direction marks reorder what is read.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g

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

/** `83.7 µs`, `340 ms`, `1.42 s`, `2.5 min`, `3.1 h`, `4.2 d`. */
export function formatMs(ms: number): string {
  return ms === 0 ? '0 ms' : scaled(ms, DURATION_UNITS)
}

/** `512 B`, `1.5 KiB`, `3.42 GiB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, BYTE_UNITS)
}

/** `92 %`, `0.42 %`. */
export function formatPercent(percent: number): string {
  return `${significant(percent)} %`
}

/** `12,345`; fractions keep three figures. */
export function formatCount(count: number): string {
  return Number.isInteger(count) ? thousands(String(count)) : significant(count)
}

/** One line without control characters, cut at `maxLength`. */
export function printable(text: string, maxLength = MAX_NAME_LENGTH): string {
  const line = text.slice(0, maxLength * 2).replace(UNPRINTABLE, ' ')
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line
}

/** An operation in a sentence: routes by their name alone, others behind their component. */
export function operationLabel(of: { component: string; operation: string }): string {
  return printable(of.component === 'http' ? of.operation : `${of.component} ${of.operation}`)
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

/** Three significant digits, thousands separated. */
export function significant(value: number): string {
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
