// What several rules ask of a window, found once and in steps, so that no rule holds the event loop for it.
import type { RuleContext } from '../types/findings.js'
import { indexOperations } from './calls.js'
import { surveyFelt } from './gain.js'
import { surveyTraffic } from './impact.js'
import { surveySuspects } from './loop.js'
import { surveySlowness } from './slowness.js'

export function* survey({ window, thresholds }: RuleContext): Generator<void, void> {
  yield* indexOperations(window)
  yield* surveyTraffic(window)
  yield* surveySlowness(window, thresholds.responseTimeMs)
  yield* surveySuspects(window)
  yield* surveyFelt(window)
}
