// The section of docs/overhead.md on one sample of the system and the runtime.
import { between, fixed, table } from './cells.js'

export function renderSample({ count, contenders }) {
  const rows = contenders.map(({ title, mainMs, allMs, programs }) => [
    title,
    fixed(mainMs.median, 2),
    between(mainMs, 2),
    fixed(allMs.median, 1),
    programs === undefined ? 'not told' : fixed(programs.median, 0),
  ])
  return [
    `### One sample of the system and the runtime, ${count} of each`,
    table(
      ['', "CPU ms of the app's thread", 'middle half', 'CPU ms of all threads and programs', 'programs started'],
      rows,
    ),
  ].join('\n\n')
}
