// What perf-monitor promises of its cost, beside what was found. No command fails because one does not hold.
import { fixed, table } from './cells.js'
import { workloadsOf } from './page-http.js'

const MAX_BLOCK_MS = 5
const MAX_SAMPLE_MS = 0.5
const MAX_IDLE_PERCENT = 0.3
const MAX_IDLE_BYTES = 25e6
const MAX_RECORD_NS = 15
const MAX_BEGIN_END = 1.25 // of two clock readings, which nothing that measures goes without
const MAX_OVER_FLOOR = 1.2
const MANY_OPERATIONS = 10_000
const MAX_OPERATION_KIB = 2.5
const MAX_ERROR_PERCENT = 1
const MS_PER_MINUTE = 60_000

/** @returns the table, empty when the parts of the run say nothing of any */
export function renderBars(result) {
  const bars = barsOf(result)
  if (bars.length === 0) return ''
  const rows = bars.map(({ bar, figure, holds }) => [bar, figure, holds ? 'holds' : '**does not hold**'])
  return `### What it should cost\n\n${table(['bar', 'found (medians)', ''], rows)}`
}

/** @returns {{ bar: string, figure: string, holds: boolean }[]} those of which the result knows the figures */
export function barsOf({ http, micro, sample, endpoints, idle, memory }) {
  return [
    ...(micro ? microBars(micro) : []),
    ...(http
      ? workloadsOf(http)
          .filter(({ name }) => name !== 'list')
          .flatMap(httpBars)
      : []),
    ...(endpoints ? endpointBars(endpoints) : []),
    ...(sample ? sampleBars(sample) : []),
    ...(idle ? idleBars(idle) : []),
    ...(memory ? memoryBars(memory) : []),
  ]
}

function microBars({ subjects }) {
  const subjectOf = (name) => subjects.find((subject) => subject.name === name)
  const record = subjectOf('record')?.nanosecondsPerOperation.added.median
  const ratio = subjectOf('begin-end')?.against?.ratio.median
  return [
    record !== undefined && {
      bar: `recording a duration: at most ${MAX_RECORD_NS} ns over an empty loop`,
      figure: `${fixed(record, 1)} ns`,
      holds: record <= MAX_RECORD_NS,
    },
    ratio !== undefined && {
      bar: `\`begin()\` and \`end()\`: at most ${MAX_BEGIN_END} times two clock readings`,
      figure: `${fixed(ratio, 2)} times`,
      holds: ratio <= MAX_BEGIN_END,
    },
  ].filter(Boolean)
}

function httpBars({ framework, title, byContender }) {
  const addedOf = (name) => byContender(name)?.cpuMicrosecondsPerRequest.added.median
  const rival = addedOf('opentelemetry-unsampled') ?? addedOf('otel-unsampled')
  const where = `${framework.title}, ${title}`
  return [
    atMost(`${where}: no dearer than \`prom-client\` by hand`, addedOf('perf-monitor'), addedOf('prom-client')),
    atMost(
      `${where}: at most ${MAX_OVER_FLOOR} times the floor with \`AsyncLocalStorage\``,
      addedOf('perf-monitor'),
      times(addedOf('floor-scope'), MAX_OVER_FLOOR),
    ),
    atMost(
      `${where}: at most ${MAX_OVER_FLOOR} times the same facts by hand`,
      addedOf('perf-monitor'),
      times(addedOf('same-facts'), MAX_OVER_FLOOR),
    ),
    atMost(
      `${where}, everything on: below half of OpenTelemetry without a sampled trace`,
      addedOf('perf-monitor-everything'),
      times(rival, 0.5),
    ),
  ].filter(Boolean)
}

function atMost(bar, found, limit) {
  if (found === undefined || limit === undefined) return null
  const figure = `${fixed(found, 1)} µs more CPU a request, the bar is at ${fixed(limit, 1)}`
  return { bar, figure, holds: found <= limit }
}

function endpointBars({ sizes }) {
  const largest = sizes.find(({ operations }) => operations === MANY_OPERATIONS)
  if (largest === undefined) return []
  const answersOf = (name) => largest.contenders.find((contender) => contender.name === name)?.answers ?? []
  const many = MANY_OPERATIONS.toLocaleString('en-US')
  const metricsOf = (name) => answersOf(name).find(({ title }) => title.startsWith('metrics'))?.cpuMs.median
  const [own, rival] = [metricsOf('perf-monitor'), metricsOf('prom-client')]
  return [
    own !== undefined &&
      rival !== undefined && {
        bar: `metrics of ${many} operations: at most a third of \`prom-client\`'s CPU time`,
        figure: `${fixed(own, 0)} ms, \`prom-client\` ${fixed(rival, 0)} ms`,
        holds: own <= rival / 3,
      },
    ...answersOf('perf-monitor').map(({ title, longestBlockMs }) => ({
      bar: `${title} of ${many} operations: the event loop is held for at most ${MAX_BLOCK_MS} ms`,
      figure: `${fixed(longestBlockMs.median, 1)} ms`,
      holds: longestBlockMs.median <= MAX_BLOCK_MS,
    })),
  ].filter(Boolean)
}

function sampleBars({ contenders }) {
  const { mainMs, programs } = contenders.find(({ name }) => name === 'perf-monitor')
  return [
    {
      bar: `one sample of system and runtime: at most ${MAX_SAMPLE_MS} ms of the app's thread, no program started`,
      figure: `${fixed(mainMs.median, 2)} ms, ${programs === undefined ? 'programs not told' : `${fixed(programs.max, 0)} programs`}`,
      holds: mainMs.median <= MAX_SAMPLE_MS && programs?.max === 0,
    },
  ]
}

function idleBars({ cpuMsPerMinute, rssBytes }) {
  const percent = (cpuMsPerMinute.added.median / MS_PER_MINUTE) * 100
  const bytes = rssBytes.added.median
  return [
    {
      bar: `an app that does nothing: at most ${MAX_IDLE_PERCENT} % of a core`,
      figure: `${fixed(percent, 2)} %`,
      holds: percent <= MAX_IDLE_PERCENT,
    },
    {
      bar: `an app that does nothing: at most ${MAX_IDLE_BYTES / 1e6} MB, the watchdog's thread included`,
      figure: `${fixed(bytes / 1e6, 1)} MB`,
      holds: bytes <= MAX_IDLE_BYTES,
    },
  ]
}

function memoryBars({ kept: { contenders } }) {
  const { bytesPerSeries, worstErrorPercent } = contenders.find(({ name }) => name === 'perf-monitor')
  const kibibytes = bytesPerSeries / 1024
  return [
    {
      bar: `memory of an operation: at most ${MAX_OPERATION_KIB} KiB at an error of at most ${MAX_ERROR_PERCENT} %`,
      figure: `${fixed(kibibytes, 2)} KiB, ${fixed(worstErrorPercent, 2)} %`,
      holds: kibibytes <= MAX_OPERATION_KIB && worstErrorPercent <= MAX_ERROR_PERCENT,
    },
  ]
}

function times(value, factor) {
  return value === undefined ? undefined : value * factor
}
