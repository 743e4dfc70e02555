// The section of docs/overhead.md on requests: contenders against the bare app, and our own settings against one another.
import { between, fixed, range, table } from './cells.js'

export function renderHttp({ warmupRequests, frameworks }) {
  return frameworks
    .flatMap((framework) => [
      ...workloadsOf({ frameworks: [framework] }).map(renderWorkload),
      renderWarmup(framework, warmupRequests),
    ])
    .filter(Boolean)
    .join('\n\n')
}

function renderWorkload({ framework, title, path, rows, comparisons }) {
  const all = [...rows, ...comparisons]
  return [
    `### ${framework.title}, ${title} (\`GET ${path}\`), ${all[0].figures.pairs.length} pairs`,
    rows.length > 0 && renderPairs(['contender', 'CPU µs per request (bare partner)'], rows),
    comparisons.length > 0 && renderPairs(['perf-monitor', 'CPU µs per request (partner)'], comparisons),
    ...all.map(renderOwnProfiles),
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** By framework and workload instead of by contender. */
export function workloadsOf({ frameworks }) {
  return frameworks.flatMap((framework) => {
    const [first] = framework.contenders.concat(framework.comparisons ?? [])
    return first.workloads.map(({ name, title, path }, i) => {
      const figuresOf = (members) => members.map((each) => ({ contender: each, figures: each.workloads[i] }))
      const rows = figuresOf(framework.contenders)
      const comparisons = figuresOf(framework.comparisons ?? [])
      const byContender = (asked) =>
        [...rows, ...comparisons].find(({ contender }) => contender.name === asked)?.figures
      return { framework, name, title, path, rows, comparisons, byContender }
    })
  })
}

function renderPairs([who, both], rows) {
  const head = [who, both, 'ratio, median', 'middle half', 'all', 'added µs (middle half)']
  return table([...head, 'requests per second, ratio (middle half)'], rows.map(cellsOf))
}

function cellsOf({ contender, figures }) {
  const { bare, contender: own, ratio, added } = figures.cpuMicrosecondsPerRequest
  const rate = figures.requestsPerSecond.ratio
  return [
    contender.title,
    `${fixed(own.median, 0)} (${fixed(bare.median, 0)})`,
    `**${fixed(ratio.median, 2)}**`,
    between(ratio, 2),
    range(ratio, 2),
    `${fixed(added.median, 1)} (${between(added, 1)})`,
    `${fixed(rate.median, 2)} (${between(rate, 2)})`,
  ]
}

/** What a longer warm-up would hide. */
function renderWarmup({ title, contenders }, warmupRequests) {
  const requests = (contenders[0]?.workloads.length ?? 0) * warmupRequests
  const rows = contenders.map(({ title: contender, warmupCpuMs: { contender: own, bare, ratio, added } }) => [
    contender,
    `${fixed(own.median, 0)} (${fixed(bare.median, 0)})`,
    fixed(ratio.median, 2),
    fixed(added.median, 0),
  ])
  const heading = `### ${title}, the first ${requests} requests of a process, while V8 compiles`
  return rows.length > 0 && `${heading}\n\n${table(['contender', 'CPU ms (bare partner)', 'ratio', 'added ms'], rows)}`
}

/** A diagnosis that began while the windows were measured is in their figures. */
function renderOwnProfiles({ contender: { title, ownProfiles = 0 } }) {
  return (
    ownProfiles > 0 &&
    `${title}: the monitor took ${ownProfiles} profiles of its own accord meanwhile; they are in the figure.`
  )
}
