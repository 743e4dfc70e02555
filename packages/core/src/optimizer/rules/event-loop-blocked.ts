// True when synchronous JavaScript (or native code such as JSON.parse) holds the loop: 3 captured blocks or 2 s of them, or a CPU
// profile in which an operation takes 15 ms a run at one go and 5 % of the time. Impact: its own requests and those that arrive
// while the loop is held. Predicted: p95 of its quick runs without the block; outside of requests utilization without its share.
import type { Finding, FindingSeverity, OptimizerRule, RuleContext } from '../../types/findings.js'
import { formatMs } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { findingOf, labelOf, placeText, predictedImpact, type Recommendation, surveyWaiting } from '../blocked.js'
import { blockers } from '../blocking.js'
import type { Blocker } from '../stalled.js'
import { syncApi } from '../sync-apis.js'

const MAX_FINDINGS = 10 // who has ten places that block begins with the first

/** What is done with the usual natives that hold the loop. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^JSON\.(parse|stringify)$|^(parse|stringify)$/,
    'Send or read less of it (pages, only the fields that are used), keep the serialized text while the data does not change, or do it in a worker thread.',
  ],
  [/sort/i, 'Sort once and keep the order, sort in the database, or keep only the first few that are shown.'],
  [
    /RegExp|exec$|match|replace|test$|split/i,
    'Look at the regular expression: nested quantifiers such as `(a+)+` take exponential time. Bound the input’s length first, and write it without nesting.',
  ],
]
const GENERAL =
  'Do less of it (an index or a Map instead of nested loops, a result that is kept while its data does not change), give the loop back ' +
  'between portions (`await setImmediate()` of `node:timers/promises`), or move it into a worker thread (`node:worker_threads`).'

export function eventLoopBlocked(): OptimizerRule {
  return { name: 'event-loop-blocked', evaluate }
}

function* evaluate(context: RuleContext): Generator<void, Finding[]> {
  const { window, want } = context
  const { found, wanted } = yield* blockers(context)
  if (wanted !== null) want({ type: 'cpu', reason: wanted })
  const waiting = found.length === 0 ? [] : yield* surveyWaiting(window)
  const findings: Finding[] = []
  for (const blocker of found.filter(({ api }) => syncApi(api) === null).slice(0, MAX_FINDINGS)) {
    yield
    findings.push(
      findingOf(window, {
        type: 'event-loop-blocked',
        blocker,
        waiting,
        what: whatOf(blocker),
        advice: (severity) => [adviceFor(window, blocker, severity)],
      }),
    )
  }
  return findings
}

function whatOf({ api, location }: Blocker): string {
  return api === null ? placeText(location) : `\`${api}\` in ${placeText(location)}`
}

function adviceFor(window: MetricsWindow, blocker: Blocker, severity: FindingSeverity): Recommendation {
  const impact = predictedImpact(window, { blocker, remains: false })
  const subject = `${blocker.api ?? ''} ${blocker.location?.function ?? ''}`
  const special =
    blocker.api === null ? undefined : ADVICE.find(([pattern]) => pattern.test(blocker.api as string))?.[1]
  const promise =
    impact === null || impact.metric !== 'p95Ms'
      ? ''
      : ` p95 of ${labelOf(blocker)} would fall from ${formatMs(impact.current)} to about ${formatMs(impact.predicted ?? 0)}, and what waits for it is free.`
  return {
    type: 'algorithm-optimization',
    title: `Take ${whatOf(blocker)} off the event loop`,
    description: `${subject.trim() === '' ? 'This work' : `\`${subject.trim().split(' ')[0]}\``} takes ${formatMs(blocker.blockMs)} at a time. ${special ?? GENERAL}${promise}`,
    priority: severity,
    implementationEffort: 'medium',
    estimatedImpact: impact,
  }
}
