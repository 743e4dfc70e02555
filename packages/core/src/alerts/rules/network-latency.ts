// Mean time to open an outbound connection, per host where operations of component `connect` tell the hosts apart, otherwise
// over all of them. A connection opened is rare where agents keep them alive: hence a small minimum of its own.
import type { AlertCondition, AlertRule } from '../../types/alerts.js'
import { mean, measured } from '../../types/reading.js'
import { formatCount, formatMs, printable } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'
import { type BuiltInRuleOptions, MIN_SAMPLES, overWindow } from './options.js'

const MIN_CONNECTS = 5 // one lost SYN costs 1 s and would lift the mean of fewer above any sensible threshold

export function networkLatency({ thresholds }: Pick<BuiltInRuleOptions, 'thresholds'>): AlertRule {
  const threshold = thresholds.networkLatencyMs
  return {
    name: 'network-latency',
    type: 'network-latency',
    severity: 'warning',
    evaluate(window) {
      const hosts = window.operations.filter(({ component }) => component === 'connect')
      if (hosts.length === 0) return overall(window, threshold)
      return hosts.flatMap((host): AlertCondition[] => {
        const meanMs = host.totalMs / host.count
        if (host.count < MIN_CONNECTS || !(meanMs > threshold)) return []
        const many = `${formatCount(host.count)} connections`
        return [
          {
            component: host.component,
            operation: host.operation,
            value: meanMs,
            threshold,
            unit: 'ms',
            message:
              `connecting to ${printable(host.operation)} took ${formatMs(meanMs)} on average ${overWindow(window)} ` +
              `(threshold ${formatMs(threshold)}, ${many})`,
          },
        ]
      })
    },
  }
}

function overall(window: MetricsWindow, threshold: number): AlertCondition[] {
  const values = measured(window.system('networkLatencyMs'))
  const meanMs = mean(values)
  if (values.length < MIN_SAMPLES || meanMs === null || !(meanMs > threshold)) return []
  const message = `outbound connections took ${formatMs(meanMs)} to open on average ${overWindow(window)} (threshold ${formatMs(threshold)})`
  return [{ component: 'connect', operation: null, value: meanMs, threshold, unit: 'ms', message }]
}
