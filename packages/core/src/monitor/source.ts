// What the endpoints read: the Reader's figures in the exporters' formats.
import type { AlertManager } from '../alerts/manager.js'
import { exportCsv } from '../exporters/csv.js'
import { exportHtml, livePage } from '../exporters/html.js'
import { exportJson, historyJson, snapshotJson } from '../exporters/json.js'
import { exportMarkdown } from '../exporters/markdown.js'
import { exposition } from '../exporters/prometheus.js'
import type { Guard } from '../guard.js'
import { componentTotals } from '../history/durations.js'
import type { MemoryHistory } from '../history/memory-history.js'
import { inOrder, nameTable } from '../history/metrics.js'
import type { LatestFigures, Sample } from '../history/sample.js'
import { runSliced } from '../history/slices.js'
import type { MetricsFormat, PerfSource, ProfileSource, TraceSource } from '../http/source.js'
import type { AlertSilence, AlertsResponse, PerformanceAlert, SilenceMatcher } from '../types/alerts.js'
import type { ResolvedConfig } from '../types/config.js'
import type { InstrumentHealth } from '../types/instruments.js'
import type { HealthReport, ReportFormat, StreamComponent, StreamSample } from '../types/report.js'
import type { HistoryQuery, WindowQuery } from '../types/window.js'
import type { Reader } from './reader.js'

const REPORT_STEPS = 150 // of its charts: a file that is sent around should stay below a megabyte

export interface MonitorSourceOptions {
  config: ResolvedConfig
  guard: Guard
  history: MemoryHistory
  alerts: AlertManager
  reader: Reader
  profiler: ProfileSource
  traces: TraceSource
  isRunning: () => boolean
  streamClients: () => { used: number; rejected: number }
  instruments: () => InstrumentHealth[]
}

/** The newest sample, and the event of it once somebody wanted one. */
interface LastSample {
  readonly sample: Sample
  readonly latest: LatestFigures
  event: Promise<StreamSample> | null
}

export class MonitorSource implements PerfSource {
  readonly config: ResolvedConfig
  readonly guard: Guard
  readonly profiles: ProfileSource
  readonly traces: TraceSource
  readonly #history: MemoryHistory
  readonly #alerts: AlertManager
  readonly #reader: Reader
  readonly #isRunning: () => boolean
  readonly #streamClients: MonitorSourceOptions['streamClients']
  readonly #instruments: MonitorSourceOptions['instruments']
  readonly #listeners = new Set<(sample: StreamSample) => void>()
  #last: LastSample | null = null

  constructor(options: MonitorSourceOptions) {
    const { config, guard, history, alerts, reader, profiler, traces, isRunning, streamClients, instruments } = options
    this.config = config
    this.guard = guard
    this.profiles = profiler
    this.traces = traces
    this.#history = history
    this.#alerts = alerts
    this.#reader = reader
    this.#isRunning = isRunning
    this.#streamClients = streamClients
    this.#instruments = instruments
  }

  async snapshot(windowMs?: number): Promise<Iterable<string>> {
    return snapshotJson(await this.#reader.readSnapshot(windowMs))
  }

  async history(query: HistoryQuery): Promise<Iterable<string>> {
    return historyJson(await this.#reader.history(query))
  }

  async report(format: ReportFormat, window: WindowQuery, { nonce }: { nonce?: string }): Promise<Iterable<string>> {
    const report = await this.#reader.report(window)
    switch (format) {
      case 'json':
        return exportJson(report)
      case 'csv':
        return exportCsv(report)
      case 'markdown':
        return exportMarkdown(report)
      case 'html': {
        const { from, to } = report.window
        const stepMs = Math.max(1, Math.ceil((Date.parse(to) - Date.parse(from)) / REPORT_STEPS))
        const history = await this.#reader.history({ from, to, stepMs })
        return exportHtml(report, history, { page: await loadPage(), nonce })
      }
    }
  }

  async metrics(format: MetricsFormat): Promise<Iterable<string>> {
    const registry = this.config.registry
    if (registry === null) return exposition(this.#reader.expositionInput(), format)
    // the app's registry holds ours too, and writes in the type it was made with
    return [await registry.metrics()]
  }

  async page({ basePath, nonce, signedIn }: { basePath: string; nonce: string; signedIn: boolean }): Promise<string> {
    const { collectionIntervalMs, serviceName, serviceVersion } = this.config
    return livePage(
      {
        mode: 'live',
        basePath,
        collectionIntervalMs,
        service: { name: serviceName, version: serviceVersion },
        signedIn,
      },
      { page: await loadPage(), nonce },
    )
  }

  health(): HealthReport {
    const degraded = this.guard.faults.map(({ part, faults, lastError, lastAtMs }) => ({
      part,
      faults,
      lastError,
      lastAt: new Date(lastAtMs).toISOString(),
    }))
    return {
      status: degraded.length === 0 ? 'ok' : 'degraded',
      running: this.#isRunning(),
      uptimeSeconds: this.#reader.uptimeSeconds,
      degraded,
      limits: [
        ...this.#reader.limits(),
        { name: 'maxStreamClients', limit: this.config.limits.maxStreamClients, ...this.#streamClients() },
      ],
      instruments: this.#instruments(),
    }
  }

  alerts(): AlertsResponse {
    const { active, history, silences } = this.#alerts
    return { active, history, silences }
  }

  silence(input: { matcher: SilenceMatcher; durationMs: number; comment?: string }): AlertSilence {
    return this.#alerts.silence(input)
  }

  unsilence(id: string): boolean {
    return this.#alerts.unsilence(id)
  }

  /** The newest sample follows soon, not within this call: making its event takes slices. */
  onSample(listener: (sample: StreamSample) => void): () => void {
    this.#listeners.add(listener)
    const last = this.#last
    if (last !== null) {
      void this.guard.runAsync(
        'stream',
        async () => {
          last.event ??= runSliced(this.#streamSample(last.sample, last.latest))
          const event = await last.event
          // by now a newer one may have reached it
          if (this.#last === last && this.#listeners.has(listener)) listener(event)
        },
        undefined,
      )
    }
    return () => this.#listeners.delete(listener)
  }

  onAlert(listener: (alert: PerformanceAlert) => void): () => void {
    return this.#alerts.onChange(listener)
  }

  /** Free while nobody listens. Never throws: its fault is the stream's, not the sample's. */
  *publish(sample: Sample, latest: LatestFigures): Generator<void, void> {
    if (this.#listeners.size === 0) {
      this.#last = { sample, latest, event: null }
      return
    }
    try {
      const event = yield* this.#streamSample(sample, latest)
      // only now: who comes meanwhile gets the one before, and then this one
      this.#last = { sample, latest, event: Promise.resolve(event) }
      for (const listener of this.#listeners) this.guard.run('stream', () => listener(event), undefined)
    } catch (error) {
      this.guard.report('stream', error)
    }
  }

  *#streamSample(sample: Sample, { system, runtime }: LatestFigures): Generator<void, StreamSample> {
    const totals = yield* componentTotals(this.#history.directory, sample.operations)
    const componentMetrics = nameTable<StreamComponent>()
    for (const [name, { count, failed, aborted, durations }] of inOrder(totals)) {
      componentMetrics[name] = {
        totalOperations: count,
        failedOperations: failed,
        abortedOperations: aborted,
        p50Ms: durations.quantile(0.5),
        p95Ms: durations.quantile(0.95),
        p99Ms: durations.quantile(0.99),
      }
    }
    return {
      timestamp: new Date(sample.timestamp).toISOString(),
      durationMs: sample.durationMs,
      systemMetrics: system,
      runtimeMetrics: runtime,
      componentMetrics,
    }
  }
}

/** Loaded on first use: most processes never serve a page. */
async function loadPage(): Promise<string> {
  return (await import('../page/generated/page.js')).PAGE
}
