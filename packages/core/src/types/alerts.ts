import type { MetricsWindow } from './window.js'

export type AlertType =
  | 'high-cpu-usage'
  | 'high-memory-usage'
  | 'high-disk-usage'
  | 'slow-response'
  | 'operation-failure'
  | 'network-latency'
  | 'system-overload'
  | 'event-loop-stall'
  | 'slo-burn'
  | 'anomaly'
  | 'custom'

export type AlertSeverity = 'info' | 'warning' | 'critical'
export type AlertState = 'pending' | 'firing' | 'resolved'

export interface PerformanceAlert {
  id: string
  /** Name of the rule that raised it. */
  rule: string
  type: AlertType
  severity: AlertSeverity
  state: AlertState
  resolved: boolean
  message: string
  component: string | null
  operation: string | null
  /** The value at the last evaluation; after it resolved, the last one that was beyond the threshold. */
  value: number
  threshold: number
  unit: string
  /** Of the last change of state. */
  timestamp: string
  /** When the condition became true. */
  startedAt: string
  resolvedAt: string | null
  silenced: boolean
  labels: Record<string, string>
}

/** What a rule saw at one evaluation. Only conditions that hold are returned. */
export interface AlertCondition {
  component: string | null
  operation: string | null
  value: number
  threshold: number
  unit: string
  message: string
  /** Overrides the rule's severity for this condition. */
  severity?: AlertSeverity
  labels?: Record<string, string>
}

/**
 * A rule is a pure function of a window: no timers, no I/O. One that looks at every operation is best a generator that yields
 * after each: it is then run in slices between the app's own work. `window.changes` tells the few that can have become another case.
 */
export interface AlertRule {
  name: string
  type: AlertType
  severity: AlertSeverity
  /** How long the condition must hold before the alert fires; default: `alerts.pendingMs`. */
  pendingMs?: number
  evaluate(window: MetricsWindow): AlertCondition[] | Generator<void, AlertCondition[]>
}

/** Alerts that match every given field are marked `silenced` (and not notified) until `endsAt`. */
export interface SilenceMatcher {
  rule?: string
  type?: AlertType
  severity?: AlertSeverity
  component?: string
  operation?: string
}

export interface AlertSilence {
  id: string
  matcher: SilenceMatcher
  comment: string | null
  createdAt: string
  endsAt: string
}

export interface AlertsResponse {
  active: PerformanceAlert[]
  /** Resolved ones, newest first, bounded by `limits.maxAlertHistory`. */
  history: PerformanceAlert[]
  silences: AlertSilence[]
}
