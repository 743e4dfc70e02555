import { DEFAULT_THRESHOLDS } from '../../../src/config/defaults.js'
import type { AlertCondition, AlertRule } from '../../../src/types/alerts.js'
import { atOnce, isSteps } from '../../../src/types/reading.js'
import type { MetricsWindow } from '../../../src/types/window.js'

/** What the rules get unless a test says otherwise: the defaults of the contract. */
export const OPTIONS = { thresholds: DEFAULT_THRESHOLDS, minimumCount: 20, stallThresholdMs: 100 }

export function evaluated(rule: AlertRule, window: MetricsWindow): AlertCondition[] {
  const returned = rule.evaluate(window)
  return isSteps<AlertCondition[]>(returned) ? atOnce(returned) : returned
}
