// What a comparison found, for the terminal.

import { WORKLOADS } from '../http/workloads.js'
import { between, fixed, range, table } from '../lib/cells.js'

/** @param {object} result of `compare` */
export function renderComparison({ now, earlier, machine, frameworks, subjects, leftOut }) {
  return [
    `## ${now} over ${earlier}, Node ${machine.node}`,
    `Below 1.00 this tree is the cheaper one. Load average ${fixed(machine.loadAverage, 1)} before and ${fixed(machine.loadAverageAfter, 1)} after.`,
    ...frameworks.flatMap(({ title, rows }) =>
      WORKLOADS.map((workload, i) => renderWorkload(title, workload, rows, i)),
    ),
    subjects.length > 0 && renderSubjects(subjects),
    ...leftOut.map((what) => `Left out, the earlier version does not run it: ${what}`),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function renderWorkload(framework, { title, path }, rows, workload) {
  const lines = rows.map((each) => {
    const { cpuMicrosecondsPerRequest: cpu, requestsPerSecond: rate } = each.workloads[workload]
    return [each.title, ...cellsOf(cpu, 1), fixed(rate.ratio.median, 2)]
  })
  const { count } = rows[0].workloads[workload].cpuMicrosecondsPerRequest.ratio
  const head = ['', ...headOf('CPU µs per request'), 'requests per second, ratio']
  return `### ${framework}, ${title} (\`GET ${path}\`), ${count} pairs\n\n${table(head, lines)}`
}

function renderSubjects(subjects) {
  const rows = subjects.map(({ title, nanosecondsPerOperation }) => [title, ...cellsOf(nanosecondsPerOperation, 1)])
  const { count } = subjects[0].nanosecondsPerOperation.ratio
  return `### Single calls, ${count} pairs\n\n${table(['', ...headOf('CPU ns over an empty loop')], rows)}`
}

function headOf(figure) {
  return [`${figure}: this tree (earlier)`, 'ratio, median', 'middle half', 'all']
}

function cellsOf({ bare, contender, ratio }, digits) {
  return [
    `${fixed(contender.median, digits)} (${fixed(bare.median, digits)})`,
    `**${fixed(ratio.median, 2)}**`,
    between(ratio, 2),
    range(ratio, 2),
  ]
}
