// What several rules ask of a window, found once and in steps, so that no rule holds the event loop for it.
import type { RuleContext } from '../types/findings.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { indexOperations } from './calls.js'
import { MIN_FAILURES } from './failures.js'
import { surveyFelt } from './gain.js'
import { surveyTraffic } from './impact.js'
import { surveySuspects } from './loop.js'
import { surveySlowness } from './slowness.js'

const MAX_COLUMNS = 200 // operations: those that take the most time, and those that fail the most
const MAX_FAILING = 50
const MIN_SHARE = 0.001 // of all time: at most a thousand are left to be sorted

export function* survey({ window, thresholds }: RuleContext): Generator<void, void> {
  yield* indexOperations(window)
  yield* surveyTraffic(window)
  // before anybody asks whether an operation is steady
  if (window.prepareColumns !== undefined) yield* window.prepareColumns(yield* worthColumns(window))
  yield* surveySlowness(window, thresholds.responseTimeMs)
  yield* surveySuspects(window)
  yield* surveyFelt(window)
}

/** In steps: sorting ten thousand operations at once would hold the loop for longer than it may be. */
function* worthColumns(window: MetricsWindow): Generator<void, OperationView[]> {
  const candidates: { operation: OperationView; totalMs: number; failedCount: number }[] = []
  let sumMs = 0
  for (const operation of window.operations) {
    yield
    // handlers repeat their routes
    if (operation.component === 'handler') continue
    const { totalMs, failedCount } = operation
    sumMs += totalMs
    candidates.push({ operation, totalMs, failedCount })
  }
  const failing = candidates.filter(({ failedCount }) => failedCount >= MIN_FAILURES).slice(0, MAX_COLUMNS)
  failing.sort((a, b) => b.failedCount - a.failedCount)
  const costly = candidates.filter(({ totalMs }) => totalMs >= MIN_SHARE * sumMs)
  costly.sort((a, b) => b.totalMs - a.totalMs)
  const chosen = [...failing.slice(0, MAX_FAILING), ...costly].map(({ operation }) => operation)
  return [...new Set(chosen)].slice(0, MAX_COLUMNS)
}
