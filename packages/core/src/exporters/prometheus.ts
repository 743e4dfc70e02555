// The text formats of Prometheus (0.0.4) and OpenMetrics (1.0). One series of a histogram is one piece of text.
import { chunked, PAUSE } from './chunks.js'
import {
  type ExpositionInput,
  type HistogramSample,
  type Labels,
  type Metric,
  NOTHING_YET,
  type Sample,
} from './metric.js'
import { METRICS } from './metrics.js'

export type ExpositionFormat = 'prometheus' | 'openmetrics'

export const EXPOSITION_CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

export function exposition(input: ExpositionInput, format: ExpositionFormat): Iterable<string> {
  return chunked(lines(reusable(input), format))
}

/** Operations are walked once per histogram metric: an iterator that can be walked only once is copied. */
export function reusable(input: ExpositionInput): ExpositionInput {
  const { operations } = input
  const once = (operations[Symbol.iterator]() as unknown) === operations
  return once ? { ...input, operations: [...operations] } : input
}

/** Names of a family: OpenMetrics names it without the suffix of its samples. */
export function familyNames(
  name: string,
  { type }: Metric,
  format: ExpositionFormat,
): { family: string; sample: string } {
  if (format === 'prometheus') return { family: name, sample: name }
  if (type === 'counter') return { family: name.replace(/_total$/, ''), sample: name }
  if (type === 'info') return { family: name.replace(/_info$/, ''), sample: name }
  return { family: name, sample: name }
}

/** `le` as the format's reference client writes it: OpenMetrics wants a float, Prometheus the shortest. */
export function formatBound(bound: number, format: ExpositionFormat): string {
  return format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

function* lines(input: ExpositionInput, format: ExpositionFormat): Generator<string, void, undefined> {
  for (const [name, metric] of Object.entries(METRICS)) {
    const { family, sample: sampleName } = familyNames(name, metric, format)
    let header = `# HELP ${family} ${escapeHelp(metric.help, format)}\n# TYPE ${family} ${typeName(metric, format)}\n`
    if (format === 'openmetrics' && metric.unit !== '') header += `# UNIT ${family} ${metric.unit}\n`
    for (const sample of metric.samples(input)) {
      if (sample === NOTHING_YET) {
        yield PAUSE
        continue
      }
      yield header + sampleLines(sampleName, sample, format)
      header = '' // before the first sample, so that a metric without any leaves no trace
    }
  }
  if (format === 'openmetrics') yield '# EOF\n'
}

function sampleLines(name: string, sample: Sample, format: ExpositionFormat): string {
  const labels = formatLabels(sample.labels)
  if ('counts' in sample) return histogramLines(name, labels, sample, format)
  return `${name}${labels === '' ? '' : `{${labels}}`} ${sample.value}\n`
}

function histogramLines(name: string, labels: string, sample: HistogramSample, format: ExpositionFormat): string {
  const prefix = `${name}_bucket{${labels === '' ? '' : `${labels},`}le="`
  const { counts } = sample
  const bounds = boundTexts(sample.bounds, format)
  let text = ''
  for (let index = 0; index < bounds.length; index++) text += `${prefix}${bounds[index]}${counts[index]}\n`
  const braces = labels === '' ? '' : `{${labels}}`
  text += `${prefix}+Inf"} ${sample.count}\n`
  return `${text}${name}_sum${braces} ${sample.sum}\n${name}_count${braces} ${sample.count}\n`
}

const knownTexts: Record<ExpositionFormat, WeakMap<readonly number[], string[]>> = {
  prometheus: new WeakMap(),
  openmetrics: new WeakMap(),
}

/** What follows `le="` up to the count: a few lists of bounds for ten thousand histograms. */
function boundTexts(bounds: readonly number[], format: ExpositionFormat): string[] {
  let texts = knownTexts[format].get(bounds)
  if (texts === undefined) {
    texts = bounds.map((bound) => `${formatBound(bound, format)}"} `)
    knownTexts[format].set(bounds, texts)
  }
  return texts
}

function formatLabels(labels: Labels): string {
  let text = ''
  for (const name in labels) {
    const value = labels[name]
    // an empty label is the same as none
    if (value === undefined || value === '') continue
    text += `${text === '' ? '' : ','}${name}="${escapeLabel(value)}"`
  }
  return text
}

function escapeLabel(value: string): string {
  return /[\\"\n]/.test(value) ? value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n') : value
}

function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped
}

function typeName({ type }: Metric, format: ExpositionFormat): string {
  return type === 'info' && format === 'prometheus' ? 'gauge' : type
}
