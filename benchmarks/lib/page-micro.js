// The section of docs/overhead.md on single calls.
import { between, fixed, range, table } from './cells.js'

export function renderMicro({ subjects, rounds }) {
  const { count } = subjects[0].nanosecondsPerOperation.added
  const rows = subjects.map(({ kind, title, nanosecondsPerOperation: { added } }) => [
    kind,
    title,
    `**${fixed(added.median, 1)}**`,
    between(added, 1),
    range(added, 1),
  ])
  return [
    `### Single calls, CPU ns over an empty loop, ${count} pairs in ${rounds} processes`,
    table(['what', 'call', 'median', 'middle half', 'all'], rows),
    ...subjects.filter(({ against }) => against !== undefined).map((subject) => renderAgainst(subject, subjects)),
  ].join('\n\n')
}

function renderAgainst({ title, against: { name, ratio } }, subjects) {
  const other = subjects.find((subject) => subject.name === name)
  return `${title}: **${fixed(ratio.median, 2)}** times ${other.title} (middle half ${between(ratio, 2)}), by turns in the same processes.`
}
