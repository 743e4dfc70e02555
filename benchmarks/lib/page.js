// docs/overhead.md, and the same tables for the terminal. Every figure comes from a result; the words around them claim none.
import { renderBars } from './bars.js'
import { between, fixed, megabytes, row } from './cells.js'
import { renderAccuracy } from './page-accuracy.js'
import { renderEndpoints } from './page-endpoints.js'
import { renderHttp, workloadsOf } from './page-http.js'
import { renderMemory } from './page-memory.js'
import { renderMicro } from './page-micro.js'
import { renderSample } from './page-sample.js'
import { HOW, INTRODUCTION } from './page-text.js'

const MS_PER_MINUTE = 60_000

/** @param {object[]} results one per major version of Node */
export function renderPage(results) {
  return [
    INTRODUCTION,
    ['## In short', ...results.map(renderShort)].join('\n\n'),
    ...results.map(
      (result) => `## Node ${result.machine.node}\n\n${renderConditions(result)}\n\n${renderResult(result)}`,
    ),
    HOW,
  ].join('\n\n')
}

/** The tables of one result. */
export function renderResult(result) {
  const { http, micro, sample, idle, endpoints, memory, accuracy } = result
  return [
    renderBars(result),
    http && renderHttp(http),
    micro && renderMicro(micro),
    sample && renderSample(sample),
    idle && renderIdle(idle),
    endpoints && renderEndpoints(endpoints),
    memory && renderMemory(memory),
    accuracy && renderAccuracy(accuracy),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function renderShort({ machine, http, idle }) {
  const lines = workloadsOf(http).map(({ framework, title, byContender }) => {
    const { ratio, added } = byContender('perf-monitor').cpuMicrosecondsPerRequest
    const handWritten = byContender('prom-client').cpuMicrosecondsPerRequest
    return (
      `- Node ${machine.node}, ${title}: **${fixed(ratio.median, 2)}** times the CPU time of bare ${framework.title} ` +
      `(middle half ${between(ratio, 2)}), ${fixed(added.median, 0)} µs more a request. ` +
      `Written by hand with \`prom-client\`: ${fixed(handWritten.ratio.median, 2)}, ${fixed(handWritten.added.median, 0)} µs.`
    )
  })
  lines.push(
    ...workloadsOf(http)
      .map((workload) => renderOwnSettings(machine, workload))
      .filter(Boolean),
  )
  const { cpuMsPerMinute, rssBytes } = idle
  lines.push(
    `- Node ${machine.node}, an app that does nothing: ${fixed(cpuMsPerMinute.added.median, 0)} ms more CPU a minute ` +
      `(${fixed(percentOfCore(cpuMsPerMinute.added.median), 2)} % of a core), ${megabytes(rssBytes.added.median)} MB more memory.`,
  )
  return lines.join('\n')
}

function renderOwnSettings({ node }, { framework, title, byContender }) {
  const ratioOf = (name) => byContender(name)?.cpuMicrosecondsPerRequest.ratio
  const [everything, gentle, dense] = ['everything-over-spine', 'profiled', 'profiled-1ms'].map(ratioOf)
  if (everything === undefined || gentle === undefined || dense === undefined) return null
  return (
    `- Node ${node}, ${framework.title}, ${title}: everything on costs **${fixed(everything.median, 2)}** times the CPU of the spine only ` +
    `(middle half ${between(everything, 2)}); while a CPU profile runs ${fixed(gentle.median, 2)} times that with a sample each 10 ms, ` +
    `${fixed(dense.median, 2)} with one each 1 ms.`
  )
}

function renderConditions({ date, version, machine }) {
  const pinned = machine.isPinned
    ? 'server and load generator pinned to a core each'
    : 'server and load generator not pinned'
  return (
    `perf-monitor ${version}, measured on ${date.slice(0, 10)} (${machine.platform}, ${machine.cores} cores, ${pinned}). ` +
    `Load average of the machine ${fixed(machine.loadAverage, 1)} before and ${fixed(machine.loadAverageAfter, 1)} after: ` +
    'what is above 1 to 2 was other work on the same cores.'
  )
}

/** None where the system does not tell. */
function countRow(title, counts) {
  if (counts === undefined) return []
  const { bare, contender, added } = counts
  const medians = [bare, contender, added].map(({ median }) => fixed(median, 0))
  return [row([title, ...medians, `${fixed(added.min, 0)} to ${fixed(added.max, 0)}`])]
}

function renderIdle({ windowMs, cpuMsPerMinute, rssBytes, wakeUpsPerMinute, childProcessesPerMinute }) {
  const cpu = (part) => fixed(cpuMsPerMinute[part].median, 0)
  const rss = (part) => megabytes(rssBytes[part].median)
  const cpuAll = cpuMsPerMinute.added
  const rssAll = rssBytes.added
  return [
    `### An app that does nothing, ${cpuAll.count} pairs over ${windowMs / 1000} s`,
    '',
    row(['figure', 'bare', 'monitored', 'added', 'added, all pairs']),
    '|---|---|---|---|---|',
    row([
      'CPU ms a minute',
      cpu('bare'),
      cpu('contender'),
      cpu('added'),
      `${fixed(cpuAll.min, 0)} to ${fixed(cpuAll.max, 0)}`,
    ]),
    row([
      'resident memory, MB',
      rss('bare'),
      rss('contender'),
      rss('added'),
      `${megabytes(rssAll.min)} to ${megabytes(rssAll.max)}`,
    ]),
    ...countRow('wake-ups a minute', wakeUpsPerMinute),
    ...countRow('child processes a minute', childProcessesPerMinute),
  ].join('\n')
}

function percentOfCore(msPerMinute) {
  return (msPerMinute / MS_PER_MINUTE) * 100
}
