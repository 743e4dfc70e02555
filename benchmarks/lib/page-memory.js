// The section of docs/overhead.md on what is kept in memory.
import { fixed, megabytes, table } from './cells.js'

const BYTES_PER_KIBIBYTE = 1024
const MILLION = 1e6
const MIN_REQUESTS = 50_000 // of the second half: fewer say nothing of a million

export function renderMemory({ kept, history, exchanges, requests }) {
  return [renderKept(kept), renderHistory(history), renderExchanges(exchanges), renderRequests(requests)].join('\n\n')
}

function renderKept({ series, records, contenders }) {
  const rows = contenders.map(({ title, bytesPerSeries, residentBytesPerSeries, worstErrorPercent }) => [
    title,
    `**${kibibytes(bytesPerSeries, 2)}**`,
    kibibytes(Math.max(0, residentBytesPerSeries), 0), // rough: pages are taken and given back by the dozen
    `${fixed(worstErrorPercent, 2)} %`,
  ])
  return [
    `### Memory of an operation: ${number(series)} of them with ${number(records)} durations each`,
    table(['', 'heap and buffers, KiB', 'resident (rough), KiB', 'worst error, p50 to p99.99'], rows),
  ].join('\n\n')
}

function renderHistory({ operations, seconds, bytesPerOperation, historyBytes, countedHistoryBytes }) {
  return [
    `- All that a running monitor keeps of an operation, history apart (durations since start, of the last minute and of the open one, its
  callees, its callers' lines, its traces): ${kibibytes(bytesPerOperation, 1)} KiB, from the difference between ${number(2 * operations)} and ${number(operations)} operations.`,
    `- ${seconds >= 3600 ? 'An hour' : `${seconds} s`} of history of ${number(operations)} operations, beyond the first minute: ${megabytes(historyBytes)} MB
  (${megabytes(countedHistoryBytes)} as \`limits.maxHistoryBytes\` counts it).`,
  ].join('\n')
}

function renderExchanges({ perSecond, marks }) {
  const rows = marks.map(({ exchanges, usedBytes, historyBytes }) => [
    number(exchanges),
    fixed(exchanges / perSecond / 3600, 1),
    megabytes(usedBytes),
    megabytes(historyBytes),
    `**${megabytes(usedBytes - historyBytes)}**`,
  ])
  const growth = growthPerMillion(
    marks.map(({ exchanges, usedBytes, historyBytes }) => ({ requests: exchanges, bytes: usedBytes - historyBytes })),
  )
  return [
    '### After millions of requests, without sockets: heap and buffers, MB',
    table(['requests', 'hours that passed', 'all', 'history', 'all but history'], rows),
    growth !== null &&
      `All but history over the second half: ${signed(growth / BYTES_PER_KIBIBYTE)} KiB for a million requests.`,
  ]
    .filter(Boolean)
    .join('\n\n')
}

function renderRequests({ seconds, servers }) {
  const rows = servers.flatMap(({ name, marks }) =>
    [marks[0], marks.at(-1)].map(({ requests, usedBytes, residentBytes }) => [
      titleOf(name),
      number(requests),
      megabytes(usedBytes),
      megabytes(residentBytes),
    ]),
  )
  const growths = servers.map(({ name, marks }) => {
    const growth = growthPerMillion(marks.map(({ requests, usedBytes }) => ({ requests, bytes: usedBytes })))
    return growth !== null && `${titleOf(name)} ${signed(growth / BYTES_PER_KIBIBYTE)}`
  })
  return [
    `### An app under load for ${seconds} s, after collecting garbage`,
    table(['', 'requests', 'heap and buffers, MB', 'resident, MB'], rows),
    growths.every(Boolean) &&
      `Heap and buffers over the second half, KiB for a million requests: ${growths.join(', ')}.`,
  ]
    .filter(Boolean)
    .join('\n\n')
}

/**
 * Slope of the second half (what is bounded has found its bound by then), by least squares: a single mark strays.
 * @param {{ requests: number, bytes: number }[]} marks
 * @returns {number | null} bytes; null where too few requests were sent
 */
export function growthPerMillion(marks) {
  const half = marks.slice(Math.floor(marks.length / 2))
  if (half.at(-1).requests - half[0].requests < MIN_REQUESTS) return null
  const mean = (of) => half.reduce((sum, mark) => sum + of(mark), 0) / half.length
  const requests = mean((mark) => mark.requests)
  const bytes = mean((mark) => mark.bytes)
  const shared = half.reduce((sum, mark) => sum + (mark.requests - requests) * (mark.bytes - bytes), 0)
  const squares = half.reduce((sum, mark) => sum + (mark.requests - requests) ** 2, 0)
  return (shared / squares) * MILLION
}

function titleOf(name) {
  return name === 'bare' ? 'bare Express' : name
}

function kibibytes(bytes, digits) {
  return fixed(bytes / BYTES_PER_KIBIBYTE, digits)
}

function signed(value) {
  return `${value > 0 ? '+' : ''}${fixed(value, 0)}`
}

function number(value) {
  return value.toLocaleString('en-US')
}
