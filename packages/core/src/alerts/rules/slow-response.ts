// p95 of an operation above the threshold. Only what somebody waits for: every `http` route, and operations of other components
// that no measured operation called (jobs, a worker's `track`). A slow query or outbound call shows in its route's p95: one
// cause, one alert. Where call trees are off nobody knows who called what, so routes alone are judged if there are any.
import type { AlertCondition, AlertRule } from '../../types/alerts.js'
import { longestMs, withoutInner } from '../../types/reading.js'
import { formatCount, formatMs, operationLabel } from '../../types/units.js'
import type { OperationView } from '../../types/window.js'
import { PickedOperations } from '../picked.js'
import { type BuiltInRuleOptions, overWindow, PARTS } from './options.js'

export function slowResponse({
  thresholds,
  minimumCount,
}: Pick<BuiltInRuleOptions, 'thresholds' | 'minimumCount'>): AlertRule {
  const threshold = thresholds.responseTimeMs
  const slow = new PickedOperations({
    // the maximum is a field, a quantile a walk over buckets: of thousands of operations few are walked
    picks: (operation) =>
      operation.count >= minimumCount && !PARTS.has(operation.component) && longestMs(operation) > threshold,
    confirms: ({ durations }) => (durations.quantile(0.95) ?? 0) > threshold,
  })
  const routesWithoutTrees = new PickedOperations({
    picks: ({ component, selfMs }) => component === 'http' && selfMs === null,
  })
  return {
    name: 'slow-response',
    type: 'slow-response',
    severity: 'warning',
    *evaluate(window) {
      const candidates = yield* slow.in(window)
      const hasRoutes = (yield* routesWithoutTrees.in(window)).size > 0
      const others: OperationView[] = []
      for (const operation of candidates) {
        yield
        if (operation.component !== 'http' && !(operation.selfMs === null && hasRoutes)) others.push(operation)
      }
      const outermost = new Set(yield* withoutInner(window, others))
      const conditions: AlertCondition[] = []
      for (const operation of candidates) {
        yield
        if (operation.component !== 'http' && !outermost.has(operation)) continue
        const p95 = operation.durations.quantile(0.95) as number
        conditions.push({
          component: operation.component,
          operation: operation.operation,
          value: p95,
          threshold,
          unit: 'ms',
          message:
            `p95 of ${operationLabel(operation)} is ${formatMs(p95)} ${overWindow(window)} ` +
            `(threshold ${formatMs(threshold)}, ${formatCount(operation.count)} ${operation.component === 'http' ? 'requests' : 'runs'})`,
        })
      }
      return conditions
    },
  }
}
