// Figures as people read them, for messages of alerts, findings and reports. Row 1, because rows that may not import
// each other write the same sentences.

const MAX_NAME_LENGTH = 160 // a query text can be pages long; the fields beside the message hold the whole name
// Control characters forge log lines, direction marks reorder what is read.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g

/** `340 ms`, `1.42 s`, `2.5 min`, `3.1 h`, `4.2 days`. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms)
  if (size < 999.5) return `${threeFigures(ms)} ms`
  if (size < 120_000) return `${threeFigures(ms / 1000)} s`
  if (size < 7_200_000) return `${threeFigures(ms / 60_000)} min`
  if (size < 172_800_000) return `${threeFigures(ms / 3_600_000)} h`
  return `${threeFigures(ms / 86_400_000)} days`
}

/** `512 B`, `1.5 KiB`, `3.42 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${threeFigures(value)} ${units[unit]}`
}

/** `92 %`, `0.42 %`; one digit after the point where a threshold is near. */
export function formatPercent(percent: number): string {
  return `${Math.abs(percent) >= 10 ? Number(percent.toFixed(1)) : threeFigures(percent)} %`
}

/** `12,345`; fractions keep three figures. */
export function formatCount(count: number): string {
  return Number.isInteger(count) || Math.abs(count) >= 1000
    ? String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
    : threeFigures(count)
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

function threeFigures(value: number): string {
  return String(Number(value.toPrecision(Math.abs(value) >= 100 ? Math.max(3, integerDigits(value)) : 3)))
}

function integerDigits(value: number): number {
  return Math.floor(Math.log10(Math.abs(value))) + 1
}
