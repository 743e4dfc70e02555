// Mean time to open an outbound connection, per host where operations of component `connect` tell the hosts apart, otherwise
// over all of them. A connection opened is rare where agents keep them alive: hence a small minimum of its own.
import type { AlertCondition, AlertRule } from '../../types/alerts.js'
import { mean, measured } from '../../types/reading.js'
import { formatCount, formatMs, printable } from '../../types/units.js'
import type { MetricsWindow, OperationView } from '../../types/window.js'
import { PickedOperations } from '../picked.js'
import { type BuiltInRuleOptions, MIN_SAMPLES, overWindow } from './options.js'

const MIN_CONNECTS = 5 // one lost SYN costs 1 s and would lift the mean of fewer above any sensible threshold

export function networkLatency({ thresholds }: Pick<BuiltInRuleOptions, 'thresholds'>): AlertRule {
  const threshold = thresholds.networkLatencyMs
  const hosts = new PickedOperations({ picks: isHost })
  const slowHosts = new PickedOperations({
    picks: (host) => isHost(host) && host.count >= MIN_CONNECTS && host.totalMs / host.count > threshold,
  })
  return {
    name: 'network-latency',
    type: 'network-latency',
    severity: 'warning',
    *evaluate(window) {
      if ((yield* hosts.in(window)).size === 0) return overall(window, threshold)
      const conditions: AlertCondition[] = []
      for (const { component, operation, count, totalMs } of yield* slowHosts.in(window)) {
        yield
        const meanMs = totalMs / count
        conditions.push({
          component,
          operation,
          value: meanMs,
          threshold,
          unit: 'ms',
          message:
            `connecting to ${printable(operation)} took ${formatMs(meanMs)} on average ${overWindow(window)} ` +
            `(threshold ${formatMs(threshold)}, ${formatCount(count)} connections)`,
        })
      }
      return conditions
    },
  }
}

function isHost({ component }: OperationView): boolean {
  return component === 'connect'
}

function overall(window: MetricsWindow, threshold: number): AlertCondition[] {
  const values = measured(window.system('networkLatencyMs'))
  const meanMs = mean(values)
  if (values.length < MIN_SAMPLES || meanMs === null || !(meanMs > threshold)) return []
  const message = `outbound connections took ${formatMs(meanMs)} to open on average ${overWindow(window)} (threshold ${formatMs(threshold)})`
  return [{ component: 'connect', operation: null, value: meanMs, threshold, unit: 'ms', message }]
}
