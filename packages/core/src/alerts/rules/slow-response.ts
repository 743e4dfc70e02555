// p95 of an operation above the threshold. Only what somebody waits for: every `http` route, and operations of other components
// that no measured operation called (jobs, a worker's `track`). A slow query or outbound call shows in its route's p95: one
// cause, one alert. Where call trees are off nobody knows who called what, so routes alone are judged if there are any.
import type { AlertRule } from '../../types/alerts.js'
import { withoutInner } from '../../types/reading.js'
import { formatCount, formatMs, operationLabel } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { type BuiltInRuleOptions, overWindow } from './options.js'

// `handler` is a part of its route, `connect` has its own rule (network-latency)
const NEVER: ReadonlySet<string> = new Set(['handler', 'connect'])

export function slowResponse({
  thresholds,
  minimumCount,
}: Pick<BuiltInRuleOptions, 'thresholds' | 'minimumCount'>): AlertRule {
  const threshold = thresholds.responseTimeMs
  return {
    name: 'slow-response',
    type: 'slow-response',
    severity: 'warning',
    evaluate(window) {
      // the maximum is a field, a quantile a walk over buckets: of thousands of operations few are walked
      const candidates = window.operations.filter(
        (operation) =>
          operation.count >= minimumCount &&
          !NEVER.has(operation.component) &&
          (operation.durations.max ?? 0) > threshold &&
          (operation.durations.quantile(0.95) ?? 0) > threshold,
      )
      return awaited(window, candidates).map((operation) => {
        const p95 = operation.durations.quantile(0.95) as number
        return {
          component: operation.component,
          operation: operation.operation,
          value: p95,
          threshold,
          unit: 'ms',
          message:
            `p95 of ${operationLabel(operation)} is ${formatMs(p95)} ${overWindow(window)} ` +
            `(threshold ${formatMs(threshold)}, ${formatCount(operation.count)} ${operation.component === 'http' ? 'requests' : 'runs'})`,
        }
      })
    },
  }
}

function awaited(window: MetricsWindow, candidates: readonly OperationView[]): OperationView[] {
  if (candidates.every(({ component }) => component === 'http')) return [...candidates]
  const hasRoutes = window.operations.some(({ component }) => component === 'http')
  const others = candidates.filter(({ component, selfMs }) => component !== 'http' && !(selfMs === null && hasRoutes))
  const outermost = new Set(withoutInner(window, others))
  return candidates.filter((operation) => operation.component === 'http' || outermost.has(operation))
}
