// Ended spans become operations. A span finds its parent by OpenTelemetry's ids or by what runs here, and what the monitor measures
// inside a span finds the span: both tracers' runs form one tree.
import { type Context, type Span as OtelSpan, trace } from '@opentelemetry/api'
import {
  type AnySpan,
  type BridgeHost,
  bridgeHost,
  type ForeignScope,
  type ForeignSpan,
  type ForeignTrace,
  type HttpExchange,
  type PerformanceConfig,
  type PerformanceMonitor,
} from '@perf-monitor/core/adapter'
import { classify, isHttpClient, isHttpServer } from './classify.js'
import { isMeasured } from './measured.js'
import { BoundedOperations } from './names.js'
import { type BridgedSpan, exceptionOf, msOf, parentIdOf, SERVER, scopeOf } from './spans.js'

export interface BridgeOptions {
  /** Leave out what the monitor's own adapters and instruments measure; default true. */
  skipMeasured?: boolean
  /** Further spans to leave out. Asked when a span starts. */
  ignore?: (span: BridgedSpan) => boolean
  /** Put `perf_monitor.instance` on the spans of requests: whose `/perf` has the trace. Default false. */
  annotate?: boolean
  /** Names that become operations of their own; further ones are `(other)`. Default 1000. */
  maxOperations?: number
  /** Spans in flight; beyond it the oldest are given up, as spans that never end. Default 10000. */
  maxOpenSpans?: number
}

export interface BridgeStats {
  /** Spans that became operations. */
  counted: number
  /** Left out: measured by the monitor itself, or ignored. */
  skipped: number
  /** Given up: never ended. */
  abandoned: number
  /** Counted under `(other)`. */
  folded: number
  open: number
}

const PART = 'opentelemetry'
const DEFAULT_MAX_OPERATIONS = 1000
const DEFAULT_MAX_OPEN_SPANS = 10_000 // of about 500 bytes each
const CLOCK_SLACK_MS = 5 // the tracer's clock and ours drift apart; what began longer ago was reported afterwards
const MAX_AGE_MS = 3_600_000 // an older start is a wrong clock, not a long run

interface Entry {
  /** `null`: left out. */
  run: ForeignSpan | null
  /** What runs inside belongs to this. */
  place: AnySpan | null
  readonly up: Entry | null
  /** The span of a request, whose exchange may be measured here too. */
  readonly request: OtelSpan | null
  /** The instrumentation, of an outbound call. */
  readonly caller: string | null
}

/** By shape a `SpanProcessor` of OpenTelemetry's SDK, 1.x and later. */
export class PerfMonitorSpanProcessor {
  readonly monitor: PerformanceMonitor
  readonly #host: BridgeHost
  readonly #options: BridgeOptions
  readonly #operations: BoundedOperations
  readonly #maxOpen: number
  readonly #ownsMonitor: boolean
  /** By span id, the oldest first. */
  readonly #open = new Map<string, Entry>()
  readonly #traces = new WeakMap<HttpExchange, ForeignTrace>()
  readonly #detach: (() => void) | null
  #counted = 0
  #skipped = 0
  #abandoned = 0
  #isShutDown = false

  constructor(config?: PerformanceConfig | PerformanceMonitor, options: BridgeOptions = {}) {
    this.#host = bridgeHost(config)
    this.monitor = this.#host.monitor
    this.#ownsMonitor = this.monitor !== config
    this.#options = { ...options }
    this.#operations = new BoundedOperations(this.#host, bound(options.maxOperations, DEFAULT_MAX_OPERATIONS))
    this.#maxOpen = bound(options.maxOpenSpans, DEFAULT_MAX_OPEN_SPANS)
    const scope: ForeignScope = {
      innermost: (own) => this.#innermost(own),
      exchangeBegan: (exchange) => this.#exchangeBegan(exchange),
      traceOf: (exchange) => this.#traces.get(exchange) ?? null,
    }
    this.#detach = this.#host.attach(scope)
    if (this.#detach === null) {
      this.#host.guard.report(PART, new Error('a second span processor on one monitor: give each monitor one'))
    }
  }

  get stats(): BridgeStats {
    return {
      counted: this.#counted,
      skipped: this.#skipped,
      abandoned: this.#abandoned,
      folded: this.#operations.rejected,
      open: this.#open.size,
    }
  }

  onStart(span: OtelSpan, _parentContext?: Context): void {
    if (this.#isShutDown || !this.#host.enabled) return
    try {
      this.#begin(span as unknown as BridgedSpan & OtelSpan)
    } catch (error) {
      this.#host.guard.report(PART, error)
    }
  }

  onEnd(span: BridgedSpan): void {
    try {
      this.#end(span)
    } catch (error) {
      this.#host.guard.report(PART, error)
    }
  }

  /** Nothing is held back: what ended is recorded. */
  async forceFlush(): Promise<void> {}

  /** Lets go of the monitor, and stops it when it was made here. */
  async shutdown(): Promise<void> {
    if (this.#isShutDown) return
    this.#isShutDown = true
    this.#detach?.()
    for (const { run } of this.#open.values()) run?.abandon()
    this.#open.clear()
    if (this.#ownsMonitor) await this.monitor.stop()
  }

  #begin(span: BridgedSpan & OtelSpan): void {
    const { traceId, spanId } = span.spanContext()
    const parentId = parentIdOf(span)
    const up = parentId === null ? null : (this.#open.get(parentId) ?? null)
    const place = span.kind === SERVER ? null : this.#placeOf(up) // what runs where a request arrives did not call it
    const request = isHttpServer(span) ? span : null
    const caller = isHttpClient(span) ? scopeOf(span) : null
    // where an app mixes module systems, an instrumentation can wrap a client twice: one call, a span in a span
    const isRepeated = caller !== null && up !== null && up.caller === caller
    const isSkipped = isRepeated || (this.#options.skipMeasured !== false && isMeasured(span, this.#host))
    const skips = isSkipped || this.#options.ignore?.(span) === true
    let run: ForeignSpan | null = null
    if (skips) this.#skipped++
    else {
      const { component, operation } = classify(span, this.#host)
      const ageMs = Date.now() - msOf(span.startTime)
      const isPast = ageMs > CLOCK_SLACK_MS && ageMs < MAX_AGE_MS
      run = this.#host.begin({
        operation: this.#operations.get(component, operation),
        parent: place,
        ageMs: isPast ? ageMs : 0,
        trace: { traceId, spanId },
      })
    }
    if (this.#open.size >= this.#maxOpen) this.#giveUpOldest()
    this.#open.set(spanId, { run, place: run ?? place, up, request, caller })
  }

  #end(span: BridgedSpan): void {
    const { spanId } = span.spanContext()
    const entry = this.#open.get(spanId)
    if (entry === undefined) return
    this.#open.delete(spanId)
    const { run } = entry
    if (run === null) return
    const { component, operation, success, statusCode } = classify(span, this.#host, {
      wrapsQueries: run.hasChildOf('db'),
    })
    this.#counted++
    run.endAs({
      operation: this.#operations.get(component, operation),
      durationMs: msOf(span.duration),
      success,
      statusCode,
      error: success ? undefined : exceptionOf(span),
    })
  }

  /** What a span that starts now belongs to: where its parent is, or what runs here inside of that. */
  #placeOf(up: Entry | null): AnySpan | null {
    const own = this.#host.innermost()
    const above = up === null ? null : up.place
    if (above === null || above.ended) return own
    return own !== null && isInside(own, above) ? own : above
  }

  /** For every run of this process that begins: never throws. */
  #innermost(own: AnySpan | null): AnySpan | null {
    try {
      const active = trace.getActiveSpan()
      if (active === undefined) return own
      const place = this.#open.get(active.spanContext().spanId)?.place
      if (place === undefined || place === null || place.ended) return own
      if (own === null || own.ended) return place
      return isInside(place, own) ? place : own
    } catch (error) {
      this.#host.guard.report(PART, error)
      return own
    }
  }

  /** A request that is measured here: the span of the same request stands back, and its children move over. */
  #exchangeBegan(exchange: HttpExchange): void {
    try {
      const context = trace.getActiveSpan()?.spanContext()
      if (context === undefined) return
      const { traceId, spanId } = context
      let entry = this.#open.get(spanId) ?? null
      while (entry !== null && entry.request === null) entry = entry.up
      const request = entry?.request ?? null
      this.#traces.set(exchange, { traceId, spanId: request?.spanContext().spanId ?? spanId })
      if (entry === null || request === null || this.#options.skipMeasured === false) return
      if (entry.run !== null) {
        entry.run.abandon()
        entry.run = null
        this.#skipped++
      }
      entry.place = exchange
      if (this.#options.annotate === true) {
        request.setAttribute('perf_monitor.instance', this.monitor.config.instanceId)
      }
    } catch (error) {
      this.#host.guard.report(PART, error)
    }
  }

  #giveUpOldest(): void {
    for (const [spanId, { run }] of this.#open) {
      run?.abandon()
      this.#open.delete(spanId)
      this.#abandoned++
      break
    }
    const reason = `more than ${this.#maxOpen} spans in flight: the oldest are given up, some are never ended`
    this.#host.guard.report(PART, new Error(reason))
  }
}

/** Whether `inner` began inside `outer`, or is it. */
function isInside(inner: AnySpan, outer: AnySpan): boolean {
  for (let span: AnySpan | null = inner; span !== null; span = span.outer) if (span === outer) return true
  return false
}

function bound(given: number | undefined, fallback: number): number {
  return Number.isInteger(given) && (given as number) > 0 ? (given as number) : fallback
}
