// Alerts and findings as marks on the time axis.
import type { PerformanceAlert } from '../../../core/src/types/alerts.js'
import type { PerformanceBottleneck } from '../../../core/src/types/findings.js'
import { plainText } from '../format.js'
import { toMs } from '../time.js'
import { type Tone, toneOf } from './severity.js'

const MAX_MARKS = 100 // more would be a bar, not marks

export interface Mark {
  fromMs: number
  /** `null` while it lasts. */
  toMs: number | null
  tone: Tone
  title: string
}

export interface Limit {
  value: number
  label: string
}

export function marksOf(alerts: readonly PerformanceAlert[], findings: readonly PerformanceBottleneck[]): Mark[] {
  const marks: Mark[] = []
  for (const { startedAt, resolvedAt, severity, message, state } of alerts) {
    const fromMs = toMs(startedAt)
    if (fromMs === null || state === 'pending') continue
    marks.push({ fromMs, toMs: toMs(resolvedAt), tone: toneOf(severity), title: message })
  }
  for (const { firstSeen, severity, title } of findings) {
    const fromMs = toMs(firstSeen)
    if (fromMs !== null) marks.push({ fromMs, toMs: fromMs, tone: toneOf(severity), title: plainText(title) })
  }
  return marks.slice(0, MAX_MARKS)
}

/** Thresholds are known from the alerts that crossed them. */
export function limitOf(
  alerts: readonly PerformanceAlert[],
  matches: (alert: PerformanceAlert) => boolean,
): Limit | undefined {
  const alert = alerts.find(matches)
  return alert === undefined ? undefined : { value: alert.threshold, label: 'alert above' }
}
