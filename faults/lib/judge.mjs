// What a report says against what is true. Pure.
import { isRightPlace } from './place.mjs'

const GRAVE = ['medium', 'high', 'critical'] // low ones are remarks: they wake nobody

export function graveOf(report) {
  return report.bottlenecks.filter(({ severity, state }) => GRAVE.includes(severity) && state !== 'resolved')
}

/**
 * @param {{ report: object, causes: object[], tolerates?: object[], anyOrder?: boolean, folder: string, root: string }} of `causes` in the order of what users feel
 * @returns for each cause whether it was found, where it ranks, and whether operation and place are right (`null`: not to be named)
 */
export function judge({ report, causes, tolerates = [], anyOrder = false, folder, root }) {
  const grave = graveOf(report)
  const taken = new Set()
  const found = causes.map((cause) => {
    const candidates = grave.filter((finding) => finding.type === cause.cause && !taken.has(finding))
    const finding = candidates.find((each) => isOperation(each, cause)) ?? candidates[0] ?? null
    if (finding !== null) taken.add(finding)
    return {
      cause: cause.cause,
      found: finding !== null,
      rank: finding === null ? null : grave.indexOf(finding) + 1,
      operation: cause.operation === undefined ? null : finding !== null && isOperation(finding, cause),
      place:
        cause.file === undefined
          ? null
          : finding !== null &&
            isRightPlace({ location: finding.location, folder, root, file: cause.file, marker: cause.marker }),
      finding: finding === null ? null : summary(finding),
    }
  })
  const falseAlarms = grave
    .filter((finding) => !taken.has(finding) && !tolerates.some((each) => isTolerated(finding, each)))
    .map(summary)
  return { found, first: isRanked(found, anyOrder), falseAlarms }
}

/** Users feel none of it: that what was not found was not is right. What was found counts as before. */
export function withoutUnfelt({ found, falseAlarms }, { anyOrder = false } = {}) {
  const rest = found.filter((each) => each.found)
  return {
    found: found.map((each) => (each.found ? each : { ...each, found: null, operation: null, place: null })),
    first: rest.length === 0 ? null : isRanked(rest, anyOrder),
    falseAlarms,
  }
}

/** The gravest cause comes first, and every other one before anything that is none of them. */
function isRanked(found, anyOrder) {
  const areAhead = found.every(({ rank }) => rank !== null && rank <= found.length)
  return areAhead && (anyOrder || (found[0]?.rank ?? 1) === 1)
}

/** `operation` of a note: a name, `*` for what varies from run to run (a port), several that are right, or `null` for none. */
export function isOperation(finding, { operation, component }) {
  if (component !== undefined && finding.component !== component) return false
  if (operation === undefined) return true
  return [operation].flat().some((wanted) => {
    if (wanted === null || finding.operation === null) return wanted === finding.operation
    const pattern = wanted.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${pattern.join('.*')}$`, 's').test(finding.operation)
  })
}

function isTolerated(finding, tolerated) {
  return finding.type === tolerated.cause && isOperation(finding, tolerated)
}

export function summary({ type, severity, title, component, operation, impactScore, location }) {
  return {
    type,
    severity,
    title,
    component,
    operation,
    impactScore,
    place: location === null ? null : `${location.file}:${location.line}`,
  }
}

/** What stands between a trial and a pass, in words; empty when it passed. Predictions are shown, not judged: they hang on the machine's noise. */
export function shortcomings({ judgement, twin }) {
  const list = []
  for (const { cause, found, operation, place, finding } of judgement.found) {
    if (found === false) list.push(`${cause} is not found`)
    else if (found) {
      if (operation === false) list.push(`${cause} names ${finding.operation}`)
      if (place === false) list.push(`${cause} is placed at ${finding.place}`)
    }
  }
  if (judgement.found.every(({ found }) => found !== false) && judgement.first === false) list.push('not ranked first')
  for (const alarm of judgement.falseAlarms) list.push(`false alarm: ${alarm.type} of ${alarm.operation}`)
  for (const alarm of twin?.falseAlarms ?? []) list.push(`the twin is accused: ${alarm.type} of ${alarm.operation}`)
  return list
}
