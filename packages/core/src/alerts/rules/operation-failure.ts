// Share of failed operations above the threshold. Aborted ones count neither way (the client left). An outbound call or query
// that fails is named beside its route: a route that copes shows nothing itself, and one that does not shows no reason.
import type { AlertRule } from '../../types/alerts.js'
import { errorRatePercent } from '../../types/reading.js'
import { formatCount, formatPercent, operationLabel } from '../../types/units.js'
import { type BuiltInRuleOptions, overWindow } from './options.js'

const CRITICAL_PERCENT = 50 // more answers are errors than not

// the same failure a second time: a handler's is its route's, a connection's is its request's
const NEVER: ReadonlySet<string> = new Set(['handler', 'connect'])

export function operationFailure({
  thresholds,
  minimumCount,
}: Pick<BuiltInRuleOptions, 'thresholds' | 'minimumCount'>): AlertRule {
  const threshold = thresholds.errorRatePercent
  return {
    name: 'operation-failure',
    type: 'operation-failure',
    severity: 'warning',
    evaluate(window) {
      return window.operations.flatMap((operation) => {
        const ended = operation.failedCount + operation.successfulCount
        if (ended === 0 || ended < minimumCount || NEVER.has(operation.component)) return []
        const rate = errorRatePercent(operation)
        if (rate === null || !(rate > threshold)) return []
        return [
          {
            component: operation.component,
            operation: operation.operation,
            value: rate,
            threshold,
            unit: '%',
            severity: rate > CRITICAL_PERCENT ? ('critical' as const) : ('warning' as const),
            message:
              `${formatPercent(rate)} of ${operationLabel(operation)} failed ${overWindow(window)} ` +
              `(${formatCount(operation.failedCount)} of ${formatCount(ended)}, threshold ${formatPercent(threshold)})`,
          },
        ]
      })
    },
  }
}
