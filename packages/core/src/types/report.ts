import type { Advice } from './advice.js'
import type { PerformanceAlert } from './alerts.js'
import type { FindingSeverity, OptimizationRecommendation, PerformanceBottleneck, ResolvedFinding } from './findings.js'
import type { InstrumentHealth } from './instruments.js'
import type { ComponentPerformanceMetrics, PerformanceSnapshot, RuntimeMetrics, SystemMetrics } from './metrics.js'
import type { PerformanceHistory } from './window.js'

export type ReportFormat = 'json' | 'csv' | 'html' | 'markdown'

/** The report in one or two plain sentences, made from the first finding, the gravest alert, or the absence of both. */
export interface Verdict {
  kind: 'finding' | 'alert' | 'early' | 'well'
  severity: FindingSeverity | null
  text: string
  /** Findings (for an alert: firing alerts) beside the one that the text names. */
  moreCount: number
}

export interface PerformanceReport {
  timestamp: string
  window: { from: string; to: string }
  /** `componentMetrics` are those of the window. */
  snapshot: PerformanceSnapshot
  /** Active in the window: pending, firing, and resolved since it began. */
  alerts: PerformanceAlert[]
  bottlenecks: PerformanceBottleneck[]
  recommendations: OptimizationRecommendation[]
  /** Causes that went within the window, the newest first. */
  resolved: ResolvedFinding[]
  verdict: Verdict
  /** What the app's advisor says to the findings; `null` without one, and before its first answer. */
  advice: Advice | null
}

/** `data` of a `sample` event on `/stream`: what one interval brought. */
export interface StreamSample {
  timestamp: string
  durationMs: number
  systemMetrics: SystemMetrics | null
  runtimeMetrics: RuntimeMetrics | null
  componentMetrics: Record<string, StreamComponent>
}

export interface StreamComponent
  extends Pick<
    ComponentPerformanceMetrics,
    'totalOperations' | 'failedOperations' | 'abortedOperations' | 'p50Ms' | 'p95Ms' | 'p99Ms'
  > {}

/** What the page finds in its data element: nothing but its address when it is live, everything when it is a report. */
export type PageData =
  | {
      mode: 'live'
      /** Where the endpoints are, as the browser sees it, without a trailing slash. */
      basePath: string
      collectionIntervalMs: number
      service: { name: string; version: string | null }
      /** Whether a sign-out control makes sense. */
      signedIn: boolean
    }
  | { mode: 'report'; report: PerformanceReport; history: PerformanceHistory }

export interface HealthReport {
  status: 'ok' | 'degraded'
  /** Whether sampling runs. */
  running: boolean
  uptimeSeconds: number
  /** Parts that failed, with how often and why; empty when all is well. */
  degraded: { part: string; faults: number; lastError: string; lastAt: string }[]
  /** What limits turned away since start. */
  limits: { name: string; limit: number; used: number; rejected: number }[]
  /** Libraries that are measured, and those that are loaded but cannot be seen. */
  instruments: InstrumentHealth[]
}
