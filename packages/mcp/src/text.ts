// How results are written: plain lines that a model reads well, places as file:line, everything bounded.

interface Place {
  file: string
  line: number
  column?: number
  function?: string | null
}

export const MAX_RESULT_LENGTH = 24_000 // characters, about 6,000 tokens: more would crowd out the code it is about

// what names and messages bring must not look like a line of ours
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu

/** One line, at most `maxLength` characters. */
export function line(text: unknown, maxLength = 400): string {
  const flat = String(text)
    .slice(0, maxLength * 2)
    .replace(CONTROLS, ' ')
    .trim()
  return flat.length > maxLength ? `${flat.slice(0, maxLength - 1)}…` : flat
}

/** Lines up to the bound; what is left out is said. */
export function joinLines(lines: readonly string[], hint: string): string {
  const kept: string[] = []
  let length = 0
  for (const each of lines) {
    length += each.length + 1
    if (length > MAX_RESULT_LENGTH) {
      kept.push(`… ${lines.length - kept.length} more lines: ${hint}`)
      break
    }
    kept.push(each)
  }
  return kept.join('\n')
}

export function place(of: Place | null | undefined): string {
  if (!of) return 'place not known'
  const where = `${line(of.file)}:${of.line}`
  return of.function ? `${where} (${line(of.function, 100)})` : where
}

/** `null` and what is no number is `-`: not measured. */
export function ms(value: number | null | undefined): string {
  if (typeof value !== 'number') return '-'
  if (value >= 10_000) return `${significant(value / 1000)} s`
  return `${significant(value)} ms`
}

export function percent(value: number | null | undefined): string {
  return typeof value === 'number' ? `${significant(value)} %` : '-'
}

export function bytes(value: number | null | undefined): string {
  if (typeof value !== 'number') return '-'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)))
  return `${significant(value / 1024 ** power)} ${units[power]}`
}

export function figure(value: number | null | undefined, unit: string): string {
  if (typeof value !== 'number') return '-'
  if (unit === 'ms') return ms(value)
  if (unit === 'percent' || unit === '%') return percent(value)
  if (unit === 'bytes') return bytes(value)
  return unit === '' || unit === 'count' ? significant(value) : `${significant(value)} ${line(unit, 40)}`
}

/** By the unit in the name: `p95Ms`, `errorRatePercent`, `rssGrowthBytesPerHour`. */
export function figureOf(metric: string, value: number | null): string {
  if (value === null) return 'not predicted'
  const unit = /(Ms|Percent|Bytes)(?=$|[A-Z])/.exec(metric)?.[1]
  return figure(value, unit?.toLowerCase() ?? '')
}

/** With its indentation. */
export function sourceLine(text: string, maxLength = 200): string {
  return text.slice(0, maxLength).replace(/\t/g, '  ').replace(CONTROLS, ' ').trimEnd()
}

export function significant(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(3)))
}

/** An operation as one name; findings of the process have none. */
export function operationName(component: string | null, operation: string | null): string {
  if (component === null) return '(the process)'
  return line(operation === null ? component : `${component} ${operation}`)
}

export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [headers, headers.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
