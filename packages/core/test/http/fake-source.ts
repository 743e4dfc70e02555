// A source whose answers say what they were asked for, and a request as an adapter would make it.
import { ManualClock } from '../../src/clock.js'
import { resolveConfig } from '../../src/config/resolve.js'
import { PerfHttpError } from '../../src/errors.js'
import { Guard } from '../../src/guard.js'
import type { MetricsFormat, PerfSource, TraceSource } from '../../src/http/source.js'
import type { AlertSilence, AlertsResponse, PerformanceAlert, SilenceMatcher } from '../../src/types/alerts.js'
import type { Logger, ResolvedConfig } from '../../src/types/config.js'
import type { PerfRequest, PerfResponse } from '../../src/types/http.js'
import type { HealthReport, ReportFormat, StreamSample } from '../../src/types/report.js'
import type { Trace } from '../../src/types/traces.js'
import type { HistoryQuery, WindowQuery } from '../../src/types/window.js'

export class FakeSource implements PerfSource {
  readonly clock: ManualClock
  readonly config: ResolvedConfig
  readonly guard: Guard
  readonly log: string[] = []
  readonly sampleListeners = new Set<(sample: StreamSample) => void>()
  readonly alertListeners = new Set<(alert: PerformanceAlert) => void>()
  readonly silences = new Map<string, AlertSilence>()
  running = true
  /** Thrown by every method of the same name. */
  readonly failures: Partial<Record<keyof PerfSource, unknown>> = {}
  /** Chunks of `history` and `report`, when a test needs its own. */
  chunks: (() => Iterable<string>) | null = null

  constructor(overrides: Partial<ResolvedConfig> = {}) {
    this.clock = new ManualClock()
    const logger: Logger = {
      info: (message) => void this.log.push(message),
      warn: (message) => void this.log.push(message),
      error: (message) => void this.log.push(message),
    }
    this.config = { ...defaultConfig(this.clock, logger), ...overrides }
    this.guard = new Guard(this.clock, this.config.logger)
  }

  async snapshot(windowMs?: number): Promise<Iterable<string>> {
    this.#fail('snapshot')
    return this.chunks?.() ?? ['{"snapshot":', JSON.stringify({ windowMs }), '}']
  }

  async history(query: HistoryQuery): Promise<Iterable<string>> {
    this.#fail('history')
    return this.chunks?.() ?? ['{"history":', JSON.stringify(query), '}']
  }

  async report(format: ReportFormat, window: WindowQuery, { nonce }: { nonce: string }): Promise<Iterable<string>> {
    this.#fail('report')
    return this.chunks?.() ?? [JSON.stringify({ format, window, nonce })]
  }

  async metrics(format: MetricsFormat): Promise<Iterable<string>> {
    this.#fail('metrics')
    return [`# ${format}\n`]
  }

  async page(options: { basePath: string; nonce: string; signedIn: boolean }): Promise<string> {
    this.#fail('page')
    return `<!doctype html><script nonce="${options.nonce}"></script>${options.basePath} signedIn=${options.signedIn}`
  }

  readonly traces: TraceSource = {
    *list(filter) {
      for (let n = 0; n < 2; n++) yield { id: `t${n}`, filter } as unknown as Trace
    },
    get: (id) => (id === 't0' ? ({ id } as Trace) : null),
  }

  health(): HealthReport {
    this.#fail('health')
    return { status: 'ok', running: this.running, uptimeSeconds: 1, degraded: [], limits: [], instruments: [] }
  }

  alerts(): AlertsResponse {
    this.#fail('alerts')
    return { active: [], history: [], silences: [...this.silences.values()] }
  }

  silence(input: { matcher: SilenceMatcher; durationMs: number; comment?: string }): AlertSilence {
    this.#fail('silence')
    const now = this.clock.now()
    const silence: AlertSilence = {
      id: `s${this.silences.size + 1}`,
      matcher: input.matcher,
      comment: input.comment ?? null,
      createdAt: new Date(now).toISOString(),
      endsAt: new Date(now + input.durationMs).toISOString(),
    }
    this.silences.set(silence.id, silence)
    return silence
  }

  unsilence(id: string): boolean {
    this.#fail('unsilence')
    return this.silences.delete(id)
  }

  onSample(listener: (sample: StreamSample) => void): () => void {
    this.sampleListeners.add(listener)
    return () => this.sampleListeners.delete(listener)
  }

  onAlert(listener: (alert: PerformanceAlert) => void): () => void {
    this.alertListeners.add(listener)
    return () => this.alertListeners.delete(listener)
  }

  emitSample(sample: StreamSample = aSample()): void {
    for (const listener of this.sampleListeners) listener(sample)
  }

  emitAlert(alert: Partial<PerformanceAlert>): void {
    for (const listener of this.alertListeners) listener(alert as PerformanceAlert)
  }

  #fail(method: keyof PerfSource): void {
    if (method in this.failures) throw this.failures[method]
  }
}

export function aSample(): StreamSample {
  return {
    timestamp: '2026-01-01T00:00:01.000Z',
    durationMs: 1000,
    systemMetrics: null,
    runtimeMetrics: null,
    componentMetrics: {},
  }
}

export interface RequestInput {
  method?: string
  /** Below the mount, with its query. */
  url?: string
  headers?: Record<string, string>
  remoteAddress?: string | undefined
  encrypted?: boolean
  basePath?: string
  body?: string | Uint8Array
  raw?: PerfRequest['raw']
}

/** By default what curl on the same machine sends. */
export function aRequest(input: RequestInput = {}): PerfRequest {
  const [path = '/', ...search] = (input.url ?? '/').split('?')
  const body = Buffer.from(input.body ?? '')
  return {
    method: input.method ?? 'GET',
    path,
    query: new URLSearchParams(search.join('?')),
    headers: { host: 'localhost:3000', ...input.headers },
    remoteAddress: 'remoteAddress' in input ? input.remoteAddress : '127.0.0.1',
    encrypted: input.encrypted ?? false,
    basePath: input.basePath ?? '/perf',
    readBody: async (maxBytes) => {
      if (body.byteLength > maxBytes) throw new PerfHttpError('payload-too-large', 'too large')
      return body
    },
    ...(input.raw !== undefined && { raw: input.raw }),
  }
}

export async function textOf({ body }: PerfResponse): Promise<string> {
  if (body === null) return ''
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  let text = ''
  for await (const chunk of body) text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
  return text
}

function defaultConfig(clock: ManualClock, logger: Logger): ResolvedConfig {
  const config = resolveConfig({
    serviceName: 'shop-api',
    serviceVersion: '2.3.1',
    instanceId: 'host:1',
    logger,
    clock,
  })
  return { ...config, limits: { ...config.limits, maxStreamClients: 3, maxBodyBytes: 1000 } }
}
