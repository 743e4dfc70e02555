// What the built-in rules are made with, and the minimums that several of them share.

import type { AlertThresholds } from '../../types/config.js'
import { mean, measured, shareAbove } from '../../types/reading.js'
import type { Stall } from '../../types/stalls.js'
import { formatCount, formatMs } from '../../types/units.js'
import type { MetricsWindow } from '../../types/window.js'

export interface BuiltInRuleOptions {
  readonly thresholds: AlertThresholds
  /** Fewer operations in the window raise no response-time or error-rate alert. */
  readonly minimumCount: number
  /** 0: no `event-loop-stall`. */
  readonly stallThresholdMs: number
  /** The longest block of the event loop between (epoch ms), as the watchdog saw it. */
  readonly longestStall?: (fromMs: number, toMs: number) => Stall | null | undefined
}

/**
 * Components that are part of what alerts already: a handler of its route; a connection of its request, and its slowness has a
 * rule of its own (network-latency).
 */
export const PARTS: ReadonlySet<string> = new Set(['handler', 'connect'])

/** A mean of fewer is one spike. */
export const MIN_SAMPLES = 3
const SUSTAINED_SHARE = 0.5 // a spike lifts the mean of a quiet minute; it does not lift half of its samples

/** The mean of a column when mean and at least half of the samples are above the threshold, otherwise `null`. */
export function sustainedAbove(column: readonly (number | null)[], threshold: number): number | null {
  const values = measured(column)
  if (values.length < MIN_SAMPLES) return null
  const average = mean(values) as number
  return average > threshold && shareAbove(values, threshold) >= SUSTAINED_SHARE ? average : null
}

/** `over the last 60 s`. */
export function overWindow(window: MetricsWindow): string {
  const seconds = window.durationMs / 1000
  // the usual window is said as it is configured: 60 s, not 1 min
  return `over the last ${seconds < 120 ? `${formatCount(Number(seconds.toPrecision(3)))} s` : formatMs(window.durationMs)}`
}
