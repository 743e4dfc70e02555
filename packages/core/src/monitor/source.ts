// What the endpoints read: the Reader's figures in the exporters' formats.
import type { AlertManager } from '../alerts/manager.js'
import { exportCsv } from '../exporters/csv.js'
import { exportHtml, livePage } from '../exporters/html.js'
import { exportJson, historyJson, snapshotJson } from '../exporters/json.js'
import { exportMarkdown } from '../exporters/markdown.js'
import { exposition } from '../exporters/prometheus.js'
import type { Guard } from '../guard.js'
import { IntervalSums } from '../history/accumulator.js'
import type { MemoryHistory } from '../history/memory-history.js'
import { componentMetrics } from '../history/metrics.js'
import type { LatestFigures, Sample } from '../history/sample.js'
import { runAtOnce, runSliced } from '../history/slices.js'
import type { MetricsFormat, PerfSource } from '../http/source.js'
import type { AlertSilence, AlertsResponse, PerformanceAlert, SilenceMatcher } from '../types/alerts.js'
import type { ResolvedConfig } from '../types/config.js'
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
  isRunning: () => boolean
  streamClients: () => { used: number; rejected: number }
}

export class MonitorSource implements PerfSource {
  readonly config: ResolvedConfig
  readonly guard: Guard
  readonly #history: MemoryHistory
  readonly #alerts: AlertManager
  readonly #reader: Reader
  readonly #isRunning: () => boolean
  readonly #streamClients: MonitorSourceOptions['streamClients']
  readonly #listeners = new Set<(sample: StreamSample) => void>()
  #last: { sample: Sample; latest: LatestFigures } | null = null

  constructor(options: MonitorSourceOptions) {
    const { config, guard, history, alerts, reader, isRunning, streamClients } = options
    this.config = config
    this.guard = guard
    this.#history = history
    this.#alerts = alerts
    this.#reader = reader
    this.#isRunning = isRunning
    this.#streamClients = streamClients
  }

  async snapshot(windowMs?: number): Promise<Iterable<string>> {
    return snapshotJson(await runSliced(this.#reader.snapshot(windowMs)))
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

  onSample(listener: (sample: StreamSample) => void): () => void {
    this.#listeners.add(listener)
    if (this.#last !== null) listener(this.#streamSample(this.#last.sample, this.#last.latest))
    return () => this.#listeners.delete(listener)
  }

  onAlert(listener: (alert: PerformanceAlert) => void): () => void {
    return this.#alerts.onChange(listener)
  }

  /** Free while nobody listens. */
  publish(sample: Sample, latest: LatestFigures): void {
    this.#last = { sample, latest }
    if (this.#listeners.size === 0) return
    const event = this.#streamSample(sample, latest)
    for (const listener of this.#listeners) this.guard.run('stream', () => listener(event), undefined)
  }

  #streamSample(sample: Sample, { system, runtime }: LatestFigures): StreamSample {
    const sums = new IntervalSums(this.#history.directory)
    runAtOnce(sums.apply(sample.operations))
    const components = runAtOnce(componentMetrics(sums.byId.values(), () => 0))
    return {
      timestamp: new Date(sample.timestamp).toISOString(),
      durationMs: sample.durationMs,
      systemMetrics: system,
      runtimeMetrics: runtime,
      componentMetrics: Object.fromEntries(
        Object.entries(components).map(([name, metrics]): [string, StreamComponent] => {
          const { totalOperations, failedOperations, abortedOperations, p50Ms, p95Ms, p99Ms } = metrics
          return [name, { totalOperations, failedOperations, abortedOperations, p50Ms, p95Ms, p99Ms }]
        }),
      ),
    }
  }
}

/** Loaded on first use: most processes never serve a page. */
async function loadPage(): Promise<string> {
  return (await import('../page/generated/page.js')).PAGE
}
