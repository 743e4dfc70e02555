// The longest time for which the event loop stood still, beyond the stall threshold. The one rule that a single spike raises:
// a stall is one, and everybody in flight waited for it. Start-up is left out (modules compile synchronously).
import type { AlertRule } from '../../types/alerts.js'
import { measured, settledFrom } from '../../types/reading.js'
import type { Stall } from '../../types/stalls.js'
import { formatCount, formatMs } from '../../types/units.js'
import { type BuiltInRuleOptions, overWindow } from './options.js'

const CRITICAL_MS = 1000 // health checks of load balancers and orchestrators commonly time out after a second

export function eventLoopStall({
  stallThresholdMs,
  longestStall,
}: Pick<BuiltInRuleOptions, 'stallThresholdMs' | 'longestStall'>): AlertRule {
  return {
    name: 'event-loop-stall',
    type: 'event-loop-stall',
    severity: 'warning',
    evaluate(window) {
      if (stallThresholdMs === 0) return []
      const values = measured(window.runtime('eventLoopDelay.maxMs'), settledFrom(window))
      const stalled = values.filter((value) => value > stallThresholdMs)
      if (stalled.length === 0) return []
      const stall = longestStall?.(window.from, window.to)
      // the watchdog tells a block from a process that was stopped, or a machine that slept: the delay alone holds both
      if (stall === null) return []
      const longest = Math.min(Math.max(...stalled), stall?.durationMs ?? Number.POSITIVE_INFINITY)
      return [
        {
          component: 'runtime',
          operation: null,
          value: longest,
          threshold: stallThresholdMs,
          unit: 'ms',
          severity: longest > CRITICAL_MS ? 'critical' : 'warning',
          message:
            `the event loop stood still for ${formatMs(longest)} ${overWindow(window)} ` +
            `(threshold ${formatMs(stallThresholdMs)}, beyond it in ${formatCount(stalled.length)} of ${formatCount(values.length)} samples)${placed(stall)}`,
        },
      ]
    },
  }
}

/** Where it stood and for what, as far as that is known. */
function placed(stall: Stall | undefined): string {
  if (stall === undefined) return ''
  const { location, component, operation } = stall
  const place = location === null ? '' : ` in ${location.function ?? 'a function'} (${location.file}:${location.line})`
  const runner = operation === null ? '' : ` while ${component} ${operation} ran`
  return place === '' && runner === '' ? '' : `; the longest${place}${runner}`
}
