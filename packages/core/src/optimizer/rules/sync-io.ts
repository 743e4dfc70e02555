// True when what holds the loop is a synchronous function of Node (`fs.*Sync`, `execSync`, `pbkdf2Sync`, `gzipSync`, `require` while
// serving): captured blocks, or a CPU profile in which such calls take 5 % of the time. Predicted: p95 of its quick runs; without the call
// where its result can be kept (files), with it where the work has to be waited for elsewhere (hashing, compressing, programs).
import type { Finding, FindingSeverity, OptimizerRule, RuleContext } from '../../types/findings.js'
import { formatMs } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { findingOf, labelOf, placeText, predictedImpact, type Recommendation, surveyWaiting } from '../blocked.js'
import { blockers } from '../blocking.js'
import type { Blocker } from '../stalled.js'
import { type SyncApi, syncApi } from '../sync-apis.js'

export function syncIo(): OptimizerRule {
  return { name: 'sync-io', evaluate }
}

function* evaluate(context: RuleContext): Generator<void, Finding[]> {
  const { window } = context
  const findings: Finding[] = []
  const { found } = yield* blockers(context)
  const waiting = found.length === 0 ? [] : yield* surveyWaiting(window)
  for (const blocker of found) {
    yield
    const known = syncApi(blocker.api)
    if (known === null) continue
    findings.push(
      findingOf(window, {
        type: 'sync-io',
        blocker,
        waiting,
        what: `\`${blocker.api}\` in ${placeText(blocker.location)}`,
        advice: (severity) => [adviceFor(window, { blocker, known, severity })],
      }),
    )
  }
  return findings
}

function adviceFor(
  window: MetricsWindow,
  of: { blocker: Blocker; known: SyncApi; severity: FindingSeverity },
): Recommendation {
  const { blocker, known, severity } = of
  const impact = predictedImpact(window, { blocker, remains: known.remains })
  const at = blocker.location === null ? '' : ` at ${blocker.location.file}:${blocker.location.line}`
  const where = known.remains
    ? 'The work then runs in libuv’s thread pool or a process of its own: the request still waits for it, nobody else does.'
    : 'The disk is then waited for while other requests run; what does not change is best read once.'
  const promise =
    impact === null || impact.metric !== 'p95Ms'
      ? ''
      : ` p95 of ${labelOf(blocker)} would fall from ${formatMs(impact.current)} to about ${formatMs(impact.predicted ?? 0)}.`
  return {
    type: 'concurrency-improvement',
    title: `Call ${known.twin} instead of \`${blocker.api}\`${at}`,
    description: `\`${blocker.api}\` holds the loop for ${formatMs(blocker.blockMs)} at a time. ${where}${promise}`,
    priority: severity,
    implementationEffort: 'low',
    estimatedImpact: impact,
  }
}
