// The figures that impact models predict, read off a window the same way: predicted and measured are then one metric.
import { errorRatePercent, mean, measured } from '../types/reading.js'
import { type MetricsWindow, RUNTIME_FIELDS, type RuntimeField } from '../types/window.js'
import { findOperation } from './calls.js'

/** `null` for a metric that no window holds, and where nothing was measured. */
export function figureOf(
  window: MetricsWindow,
  metric: string,
  of: { component: string | null; operation: string | null },
): number | null {
  const { component, operation } = of
  if (component !== null && operation !== null) {
    const view = findOperation(window, { component, operation })
    if (view !== null) {
      const quantile = /^p(\d{2,3})Ms$/.exec(metric)?.[1]
      if (quantile !== undefined) return view.durations.quantile(Number(`0.${quantile}`))
      const firstByte = /^timeToFirstByteP(\d{2})Ms$/.exec(metric)?.[1]
      if (firstByte !== undefined) return view.http?.timeToFirstByte.quantile(Number(`0.${firstByte}`)) ?? null
      if (metric === 'averageDurationMs') return view.count === 0 ? null : view.totalMs / view.count
      if (metric === 'errorRatePercent') return errorRatePercent(view)
      if (metric === 'throughputPerSecond') {
        return window.durationMs === 0 ? null : view.count / (window.durationMs / 1000)
      }
    }
  }
  if (RUNTIME_FIELDS.includes(metric as RuntimeField)) return mean(measured(window.runtime(metric as RuntimeField)))
  if (window.gaugeNames?.includes(metric)) return mean(measured(window.gauge?.(metric) ?? []))
  return null
}
