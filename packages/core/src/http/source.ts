// What the endpoints read from. The composition root implements it, so that this folder knows no other part.
import type { Guard } from '../guard.js'
import type { AlertSilence, AlertsResponse, PerformanceAlert, SilenceMatcher } from '../types/alerts.js'
import type { ResolvedConfig } from '../types/config.js'
import type { Profile, ProfilerData, ProfileSummary, ProfileType } from '../types/metrics.js'
import type { HealthReport, ReportFormat, StreamSample } from '../types/report.js'
import type { Trace } from '../types/traces.js'
import type { HistoryQuery, WindowQuery } from '../types/window.js'

export type MetricsFormat = 'prometheus' | 'openmetrics'

export interface ProfileSource {
  readonly data: ProfilerData
  /** @throws ProfileRefusal, or PERF_ARGUMENT_INVALID */
  begin(options: { type: ProfileType; durationMs: number }): ProfileSummary
  get(id: string): Profile | null
  /** JSON; `null` until it is complete. */
  file(id: string): Uint8Array | null
  /** JSON of its flame graph; `null` until it is complete. */
  flame(id: string): Uint8Array | null
}

export interface TraceFilter {
  component: string | null
  operation: string | null
  limit: number
}

export interface TraceSource {
  /** The newest first. */
  list(filter: TraceFilter): Iterable<Trace>
  /** `null` when there is none with that id, or no longer. */
  get(id: string): Trace | null
}

export interface PerfSource {
  readonly config: ResolvedConfig
  readonly guard: Guard
  /** JSON chunks. */
  snapshot(windowMs?: number): Promise<AsyncIterable<string> | Iterable<string>>
  /** JSON chunks. */
  history(query: HistoryQuery): Promise<Iterable<string>>
  report(format: ReportFormat, window: WindowQuery, options: { nonce: string }): Promise<Iterable<string>>
  metrics(format: MetricsFormat): Promise<Iterable<string>>
  page(options: { basePath: string; nonce: string; signedIn: boolean }): Promise<string>
  health(): HealthReport
  alerts(): AlertsResponse
  silence(input: { matcher: SilenceMatcher; durationMs: number; comment?: string }): AlertSilence
  /** False when there is no such silence. */
  unsilence(id: string): boolean
  /** Free when nobody listens. May call the listener at once with the last sample. */
  onSample(listener: (sample: StreamSample) => void): () => void
  onAlert(listener: (alert: PerformanceAlert) => void): () => void
  readonly traces: TraceSource
  /** Without it the endpoints of profiles answer 501. */
  readonly profiles?: ProfileSource
}
