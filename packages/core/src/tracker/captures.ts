// What is captured of single runs: traces, call sites and errors. The tracker tells it of what ended.
import type { Clock } from '../clock.js'
import type { Limits } from '../types/config.js'
import type { Outcome } from '../types/window.js'
import type { Answer } from './answers.js'
import { CallSites, onlySite } from './call-sites.js'
import { ErrorTable } from './errors.js'
import type { RawFrame } from './frames.js'
import type { Operation } from './operation.js'
import { RepeatTable } from './repeats.js'
import type { OperationSpan, Span } from './span.js'
import { parseTraceparent } from './trace-context.js'
import { TraceStore } from './traces.js'

const NOT_MODIFIED = 304

export type CaptureLimits = Pick<
  Limits,
  'maxTraces' | 'maxTraceBytes' | 'maxSpansPerTrace' | 'maxCallSites' | 'maxErrorRecords' | 'maxRepeatKeys'
>

export interface RunCapturesOptions {
  clock: Clock
  limits: CaptureLimits
  /** A place that was not known before: it will be read some day. */
  onPlace?: (frame: RawFrame) => void
  /** 0 to 1. */
  random?: () => number
}

/** An HTTP exchange, as far as it is captured. */
export interface CapturedExchange extends Span {
  /** Why it failed; `undefined` where that is not known. */
  readonly error: unknown
  readonly traceparent: string | string[] | undefined
  /** Of a safe request that took its time. */
  readonly answer: Answer | null
}

/** How it was recorded. */
export interface EndedExchange {
  readonly operation: Operation
  readonly durationMs: number
  readonly nowMs: number
  readonly outcome: Outcome
  readonly statusCode: number | null
}

export class RunCaptures {
  readonly maxSpansPerTrace: number
  readonly sites: CallSites
  readonly traces: TraceStore
  readonly errors: ErrorTable
  readonly repeats: RepeatTable
  readonly #clock: Clock

  constructor({ clock, limits, onPlace = () => {}, random = Math.random }: RunCapturesOptions) {
    this.#clock = clock
    this.maxSpansPerTrace = limits.maxSpansPerTrace
    this.sites = new CallSites({ maxCallSites: limits.maxCallSites, onPlace, random })
    this.traces = new TraceStore(limits)
    this.repeats = new RepeatTable(limits.maxRepeatKeys)
    this.errors = new ErrorTable({ maxErrorRecords: limits.maxErrorRecords, onPlace })
  }

  failed(span: OperationSpan, error: unknown): void {
    if (error === undefined) return
    // a driver's error has no line of the app in its stack where a socket woke it up: the call has
    this.errors.add(span.operation, error, { epochMs: this.#clock.now(), site: siteOf(span) })
  }

  handlerFailed(operation: Operation, error: unknown): void {
    this.errors.add(operation, error, { epochMs: this.#clock.now(), site: null })
  }

  /** A run outside of any other ended: a job, a message. Its figures say as much as its trace when it called nothing. */
  endedAlone(span: OperationSpan, nowMs: number, error: unknown): void {
    const { operation, startMs, durationMs, success, log } = span
    const reason = this.traces.reasonFor(operation, durationMs, !success, nowMs)
    if (reason !== null) {
      const epochMs = this.#clock.now()
      const digest = success || error === undefined ? null : this.errors.digestOf(error, epochMs)
      const outcome = success ? 'success' : 'failure'
      const ended = { operation, durationMs, nowMs, outcome, statusCode: null } as const
      this.traces.keep(reason, { ...ended, epochMs, startMs, context: null, error: digest, log })
    }
    log?.close()
  }

  exchangeEnded(exchange: CapturedExchange, ended: EndedExchange): void {
    const { operation, durationMs, nowMs, outcome } = ended
    const { log, startMs, error, answer } = exchange
    if (log !== null && log.unnamed.length > 0) this.sites.name(log.unnamed, operation)
    if (answer !== null && outcome === 'success') this.#addRepeat(ended, answer)
    const isFailure = outcome === 'failure'
    const hasError = isFailure && error !== undefined
    const reason = this.traces.reasonFor(operation, durationMs, isFailure, nowMs)
    if (hasError || reason !== null) {
      const epochMs = this.#clock.now()
      const digest = hasError ? this.errors.add(operation, error, { epochMs, site: null }) : null
      if (reason !== null) {
        const context = parseTraceparent(exchange.traceparent)
        this.traces.keep(reason, { ...ended, epochMs, startMs, context, error: digest, log })
      }
    }
    log?.close()
  }

  /** An answer that is not modified is one as well: it took as long. Others (404, redirects) are nobody's to cache. */
  #addRepeat({ operation, durationMs, statusCode }: EndedExchange, answer: Answer): void {
    if (statusCode === null || ((statusCode < 200 || statusCode > 299) && statusCode !== NOT_MODIFIED)) return
    const epochMs = this.#clock.now()
    this.repeats.add(operation, { key: answer.key, answer: answer.value, durationMs, epochMs })
  }
}

/** Of that very call, or the only one known of its pair. */
function siteOf({ site, operation, outer }: OperationSpan): RawFrame | null {
  return site ?? onlySite(operation.callers?.get(outer?.caller ?? null))
}
