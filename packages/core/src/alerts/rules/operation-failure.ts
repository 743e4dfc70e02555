// Share of failed operations above the threshold. Aborted ones count neither way (the client left). An outbound call or query
// that fails is named beside its route: a route that copes shows nothing itself, and one that does not shows no reason.
import type { AlertCondition, AlertRule } from '../../types/alerts.js'
import { errorRatePercent } from '../../types/reading.js'
import { formatCount, formatPercent, operationLabel } from '../../types/units.js'
import { PickedOperations } from '../picked.js'
import { type BuiltInRuleOptions, overWindow, PARTS } from './options.js'

const CRITICAL_PERCENT = 50 // more answers are errors than not

export function operationFailure({
  thresholds,
  minimumCount,
}: Pick<BuiltInRuleOptions, 'thresholds' | 'minimumCount'>): AlertRule {
  const threshold = thresholds.errorRatePercent
  const failing = new PickedOperations({
    picks: (operation) => {
      if (operation.failedCount === 0 || PARTS.has(operation.component)) return false
      const ended = operation.failedCount + operation.successfulCount
      return ended >= minimumCount && (errorRatePercent(operation) ?? 0) > threshold
    },
  })
  return {
    name: 'operation-failure',
    type: 'operation-failure',
    severity: 'warning',
    *evaluate(window) {
      const conditions: AlertCondition[] = []
      for (const operation of yield* failing.in(window)) {
        yield
        const ended = operation.failedCount + operation.successfulCount
        const rate = errorRatePercent(operation) as number
        conditions.push({
          component: operation.component,
          operation: operation.operation,
          value: rate,
          threshold,
          unit: '%',
          severity: rate > CRITICAL_PERCENT ? 'critical' : 'warning',
          message:
            `${formatPercent(rate)} of ${operationLabel(operation)} failed ${overWindow(window)} ` +
            `(${formatCount(operation.failedCount)} of ${formatCount(ended)}, threshold ${formatPercent(threshold)})`,
        })
      }
      return conditions
    },
  }
}
