// Strict readers of both text formats, written from their specifications: what they accept, any scraper accepts.
import type { ExpositionFormat } from '../../src/exporters/prometheus.js'

export interface ParsedFamily {
  name: string
  type: string
  help: string
  unit: string
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

const METADATA = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\+Inf|-Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/s
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^\\"\n]|\\["\\n])*)"(,|$)/y
const SUFFIXES: Readonly<Record<ExpositionFormat, Readonly<Record<string, readonly string[]>>>> = {
  prometheus: { gauge: [''], counter: [''], histogram: ['_bucket', '_sum', '_count'] },
  openmetrics: { gauge: [''], counter: ['_total'], histogram: ['_bucket', '_sum', '_count'], info: ['_info'] },
}

export function parseExposition(text: string, format: ExpositionFormat): ParsedFamily[] {
  const families = new Map<string, ParsedFamily>()
  const seen = new Set<string>()
  let family: ParsedFamily | null = null
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new Error('the last line does not end in a newline')
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('no EOF')
  for (const line of lines) {
    const [, word, name, rest] = METADATA.exec(line) ?? []
    if (word === undefined || name === undefined || rest === undefined) {
      if (line.startsWith('#') || family === null) throw new Error(`unexpected: ${line}`)
      addSample(family, { line, format, seen })
      continue
    }
    if (word === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice`)
      family = { name, type: '', help: rest, unit: '', samples: [] }
      families.set(name, family)
    }
    if (family === null || family.name !== name) throw new Error(`${line}: metadata of another family`)
    if (family.samples.length > 0) throw new Error(`${line}: metadata after samples`)
    if (word === 'TYPE') family.type = rest
    if (word === 'UNIT') family.unit = rest
    if (word === 'UNIT' && (format === 'prometheus' || !name.endsWith(`_${rest}`)))
      throw new Error(`${line}: wrong unit`)
  }
  for (const each of families.values()) {
    if (each.samples.length === 0) throw new Error(`${each.name} has no sample`)
    if (each.type === 'histogram') checkHistogram(each, format)
    if (each.type === 'counter' && each.samples.some(({ value }) => !(value >= 0))) throw new Error(`${each.name} < 0`)
  }
  return [...families.values()]
}

function addSample(family: ParsedFamily, at: { line: string; format: ExpositionFormat; seen: Set<string> }): void {
  const [, name, labelText, valueText] = SAMPLE.exec(at.line) ?? []
  if (name === undefined || valueText === undefined) throw new Error(`not a sample: ${at.line}`)
  const allowed = (SUFFIXES[at.format][family.type] ?? []).map((suffix) => family.name + suffix)
  if (!allowed.includes(name)) throw new Error(`${name} is no sample of the ${family.type} ${family.name}`)
  const labels = parseLabels(labelText ?? '')
  const key = JSON.stringify([name, Object.entries(labels).sort()])
  if (at.seen.has(key)) throw new Error(`twice: ${at.line}`)
  at.seen.add(key)
  family.samples.push({ name, labels, value: Number(valueText.replace('Inf', 'Infinity')) })
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    const [, name, value, end] = LABEL.exec(text) ?? []
    if (name === undefined || value === undefined) throw new Error(`bad labels: ${text}`)
    if (name in labels || value === '') throw new Error(`label ${name} comes twice or is empty: ${text}`)
    if (end === '' && LABEL.lastIndex < text.length) throw new Error(`bad labels: ${text}`)
    labels[name] = value.replace(/\\(.)/g, (_all, char) => (char === 'n' ? '\n' : char))
  }
  return labels
}

function checkHistogram({ name, samples }: ParsedFamily, format: ExpositionFormat): void {
  const groups = new Map<string, { bounds: number[]; counts: number[]; sum?: number; count?: number }>()
  for (const { name: sample, labels, value } of samples) {
    const { le, ...others } = labels
    const key = JSON.stringify(others)
    const group = groups.get(key) ?? { bounds: [], counts: [] }
    groups.set(key, group)
    if (sample === `${name}_sum`) group.sum = value
    else if (sample === `${name}_count`) group.count = value
    else {
      if (le === undefined) throw new Error(`${name}: bucket without le`)
      if (format === 'openmetrics' && !/^(\+Inf|\d+\.\d+)$/.test(le)) throw new Error(`${name}: le="${le}" is no float`)
      group.bounds.push(Number(le.replace('Inf', 'Infinity')))
      group.counts.push(value)
    }
  }
  for (const [key, { bounds, counts, sum, count }] of groups) {
    const rises = (values: number[], strictly: boolean) =>
      values.every((value, i) => i === 0 || value > (values[i - 1] as number) || (!strictly && value === values[i - 1]))
    if (!rises(bounds, true) || !rises(counts, false)) throw new Error(`${name}${key}: buckets do not rise`)
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name}${key}: no +Inf`)
    if (count === undefined || sum === undefined || counts.at(-1) !== count)
      throw new Error(`${name}${key}: count or sum`)
  }
}
