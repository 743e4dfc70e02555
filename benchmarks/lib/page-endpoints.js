// The section of docs/overhead.md on what it costs to answer for many operations.
import { fixed, table } from './cells.js'

const BYTES_PER_MEGABYTE = 1e6

export function renderEndpoints({ sizes, historySeconds, rounds }) {
  const title = `### Answers for many operations, ${spanOf(historySeconds)} of history, ${rounds} rounds`
  const head = [
    'operations',
    'answer',
    'CPU ms (middle half)',
    'MB',
    'longest block, ms (all)',
    'with garbage collection',
  ]
  const rows = sizes.flatMap(({ operations, contenders }) =>
    contenders.flatMap((contender) => contender.answers.map((answer) => cellsOf(operations, contender, answer))),
  )
  return `${title}\n\n${table(head, rows)}`
}

function cellsOf(operations, contender, { title, bytes, cpuMs, longestBlockMs, longestBlockWithGcMs }) {
  return [
    operations.toLocaleString('en-US'),
    contender.name === 'perf-monitor' ? title : `${contender.title}: ${title}`,
    `**${fixed(cpuMs.median, 1)}** (${fixed(cpuMs.q1, 1)} to ${fixed(cpuMs.q3, 1)})`,
    bytes === 0 ? '' : fixed(bytes / BYTES_PER_MEGABYTE, 2),
    `**${fixed(longestBlockMs.median, 1)}** (${fixed(longestBlockMs.min, 1)} to ${fixed(longestBlockMs.max, 1)})`,
    fixed(longestBlockWithGcMs.median, 1),
  ]
}

function spanOf(seconds) {
  return seconds >= 3600 ? 'an hour' : `${Math.round(seconds / 60)} minutes`
}
