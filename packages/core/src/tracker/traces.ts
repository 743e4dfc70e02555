// Single requests that are kept: the failed, the slowest of each minute and a few typical ones of each route. What is not kept
// costs a few comparisons; what is kept is copied, so that nothing of the app stays in memory with it.
import { randomBytes } from 'node:crypto'
import type { TraceReason } from '../types/traces.js'
import type { Outcome } from '../types/window.js'
import type { ErrorDigest } from './errors.js'
import type { RawFrame } from './frames.js'
import { RETENTION_MS } from './minutes.js'
import type { Operation } from './operation.js'
import { HandlerSpan, type SpanLog, type TracedSpan } from './span.js'
import type { TraceContext } from './trace-context.js'

const MINUTE_MS = 60_000
const SLOW_PER_MINUTE = 3 // of each route
const FAILED_PER_MINUTE = 5
const TYPICAL_INTERVAL_MS = 10_000
const TRACE_BYTES = 500 // the object, its id, its place in two lists
const SPAN_BYTES = 120

export interface KeptSpan {
  readonly operation: Operation
  readonly parent: number | null
  readonly startMs: number
  readonly durationMs: number | null
  readonly success: boolean
  readonly site: RawFrame | null
}

export interface KeptTrace {
  readonly id: string
  readonly reason: TraceReason
  readonly operation: Operation
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly durationMs: number
  readonly outcome: Outcome
  readonly statusCode: number | null
  readonly traceId: string | null
  readonly parentSpanId: string | null
  readonly error: ErrorDigest | null
  readonly spans: readonly KeptSpan[]
  readonly droppedSpans: number
  readonly bytes: number
}

/** What ended, as far as a trace needs it. */
export interface EndedRun {
  readonly operation: Operation
  readonly startMs: number
  readonly durationMs: number
  /** When it ended: monotonic and by the wall clock. */
  readonly nowMs: number
  readonly epochMs: number
  readonly outcome: Outcome
  readonly statusCode: number | null
  readonly context: TraceContext | null
  readonly error: ErrorDigest | null
  readonly log: SpanLog | null
}

/** What is kept of one route, and until when its bounds hold. */
export interface OperationTraces {
  readonly kept: KeptTrace[]
  /** Of this minute, at most `SLOW_PER_MINUTE`. */
  slow: KeptTrace[]
  failed: number
  minuteEndsMs: number
  /** What is faster is not among the slowest of this minute. */
  slowFloorMs: number
  typicalDueMs: number
}

export interface TraceLimits {
  maxTraces: number
  maxTraceBytes: number
}

export class TraceStore {
  readonly limits: TraceLimits
  bytes = 0
  /** Given up before their time, for `maxTraces` and `maxTraceBytes`. */
  evictedForCount = 0
  evictedForBytes = 0
  /** The oldest first. */
  readonly #kept = new Map<string, KeptTrace>()
  readonly #prefix = randomBytes(4).toString('hex')
  #number = 0

  constructor(limits: TraceLimits) {
    this.limits = limits
  }

  get size(): number {
    return this.#kept.size
  }

  /** Whether a run that just ended is kept, and why. */
  reasonFor(operation: Operation, durationMs: number, isFailure: boolean, nowMs: number): TraceReason | null {
    let state = operation.traces
    if (state === null) {
      state = { kept: [], slow: [], failed: 0, minuteEndsMs: 0, slowFloorMs: -1, typicalDueMs: 0 }
      operation.traces = state
    }
    if (nowMs >= state.minuteEndsMs) {
      state.minuteEndsMs = nowMs + MINUTE_MS
      state.slow = []
      state.slowFloorMs = -1
      state.failed = 0
    }
    if (isFailure) return state.failed < FAILED_PER_MINUTE ? 'failed' : null
    if (durationMs > state.slowFloorMs) return 'slow'
    return nowMs >= state.typicalDueMs ? 'typical' : null
  }

  keep(reason: TraceReason, run: EndedRun): void {
    const state = run.operation.traces as OperationTraces
    const kept = this.#copy(reason, run)
    if (reason === 'failed') state.failed++
    else if (reason === 'typical') state.typicalDueMs = run.nowMs + TYPICAL_INTERVAL_MS
    else this.#keepSlow(state, kept)
    state.kept.push(kept)
    this.#kept.set(kept.id, kept)
    this.bytes += kept.bytes
    this.#evict(run.epochMs)
  }

  get(id: string): KeptTrace | null {
    return this.#kept.get(id) ?? null
  }

  /** The newest last. */
  all(): IterableIterator<KeptTrace> {
    return this.#kept.values()
  }

  #keepSlow(state: OperationTraces, kept: KeptTrace): void {
    const { slow } = state
    slow.push(kept)
    slow.sort((a, b) => b.durationMs - a.durationMs)
    if (slow.length > SLOW_PER_MINUTE) this.#drop(slow.pop() as KeptTrace)
    if (slow.length === SLOW_PER_MINUTE) state.slowFloorMs = (slow.at(-1) as KeptTrace).durationMs
  }

  #evict(epochMs: number): void {
    for (const oldest of this.#kept.values()) {
      const isExpired = oldest.endedAtMs < epochMs - RETENTION_MS
      if (!isExpired) {
        if (this.#kept.size > this.limits.maxTraces) this.evictedForCount++
        else if (this.bytes > this.limits.maxTraceBytes) this.evictedForBytes++
        else return
      }
      this.#drop(oldest)
    }
  }

  #drop(trace: KeptTrace): void {
    if (!this.#kept.delete(trace.id)) return
    this.bytes -= trace.bytes
    const kept = trace.operation.traces?.kept ?? []
    const index = kept.indexOf(trace)
    if (index !== -1) kept.splice(index, 1)
  }

  #copy(reason: TraceReason, run: EndedRun): KeptTrace {
    const spans = run.log === null ? [] : keptSpans(run.log.spans, run.startMs)
    return {
      id: `${this.#prefix}${(this.#number++).toString(36).padStart(4, '0')}`,
      reason,
      operation: run.operation,
      startedAtMs: run.epochMs - run.durationMs,
      endedAtMs: run.epochMs,
      durationMs: run.durationMs,
      outcome: run.outcome,
      statusCode: run.statusCode,
      traceId: run.context?.traceId ?? null,
      parentSpanId: run.context?.parentSpanId ?? null,
      error: run.error,
      spans,
      droppedSpans: run.log?.dropped ?? 0,
      bytes: TRACE_BYTES + spans.length * SPAN_BYTES,
    }
  }
}

function keptSpans(spans: readonly TracedSpan[], startMs: number): KeptSpan[] {
  const indexes = new Map<unknown, number>()
  for (const [index, span] of spans.entries()) indexes.set(span, index)
  return spans.map((span) => ({
    operation: span.operation,
    parent: parentOf(span, indexes),
    startMs: span.startMs - startMs,
    durationMs: span.ended ? span.durationMs : null,
    success: span.success,
    site: span.site,
  }))
}

/** The nearest around it that is listed: one beyond the limit is not, its own parent may be. */
function parentOf(span: TracedSpan, indexes: ReadonlyMap<unknown, number>): number | null {
  if (span instanceof HandlerSpan) return indexOf(span.interrupted, indexes)
  const inHandler = indexOf(span.inHandler, indexes)
  if (inHandler !== null) return inHandler
  for (let around = span.outer; around !== null; around = around.outer) {
    const index = indexes.get(around)
    if (index !== undefined) return index
  }
  return null
}

function indexOf(handler: HandlerSpan | null, indexes: ReadonlyMap<unknown, number>): number | null {
  return handler === null ? null : (indexes.get(handler) ?? null)
}
