// What was captured, as it is shown: of a window for the optimizer, by itself for the endpoints.
import type { Captures } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import type { CallSite, ErrorRecord, OperationName, Trace, TraceSpan } from '../types/traces.js'
import { onlySite } from './call-sites.js'
import type { RunCaptures } from './captures.js'
import type { ErrorDigest } from './errors.js'
import type { RawFrame } from './frames.js'
import { RETENTION_MS } from './minutes.js'
import type { Operation } from './operation.js'
import { repeatsWithin } from './repeats.js'
import type { KeptSpan, KeptTrace } from './traces.js'
import type { Tracker } from './tracker.js'

export type RunCapturesOfWindow = Pick<Captures, 'traces' | 'errors' | 'callSites' | 'definition' | 'repeats'>

export interface TraceReaderOptions {
  tracker: Tracker
  captures: RunCaptures
  /** From a frame of the code that runs to the place in its source. Must not wait. */
  locate: (frame: RawFrame) => SourceLocation
  /** Epoch ms. */
  now: () => number
}

export interface TraceFilter {
  component: string | null
  operation: string | null
  limit: number
}

export class TraceReader {
  readonly #tracker: Tracker
  readonly #captures: RunCaptures
  readonly #locate: TraceReaderOptions['locate']
  readonly #now: () => number

  constructor({ tracker, captures, locate, now }: TraceReaderOptions) {
    this.#tracker = tracker
    this.#captures = captures
    this.#locate = locate
    this.#now = now
  }

  /** Epoch ms. What is read is made when it is asked for. */
  within({ from, to }: { from: number; to: number }): RunCapturesOfWindow {
    return {
      traces: (of) => this.#tracesOf(of, { from, to }),
      errors: (of) => this.#errorsOf(of, { from, to }),
      callSites: (child, parent) => this.#callSites(child, parent),
      repeats: (of) => {
        const repeats = this.#find(of)?.repeats ?? null
        return repeats === null ? null : repeatsWithin(repeats, { from, to })
      },
      definition: (of) => this.#located(this.#find(of)?.definition),
    }
  }

  /** The newest first; each is made when its turn comes. */
  *list({ component, operation, limit }: TraceFilter): Generator<Trace, void> {
    const oldestMs = this.#now() - RETENTION_MS
    const found: KeptTrace[] = []
    for (const trace of this.#captures.traces.all()) {
      if (trace.endedAtMs < oldestMs) continue
      if (component !== null && trace.operation.component !== component) continue
      if (operation !== null && trace.operation.operation !== operation) continue
      found.push(trace)
    }
    for (const trace of found.slice(-limit).reverse()) yield this.#shown(trace)
  }

  /** `null` when there is none with that id, or no longer. */
  get(id: string): Trace | null {
    const trace = this.#captures.traces.get(id)
    return trace === null || trace.endedAtMs < this.#now() - RETENTION_MS ? null : this.#shown(trace)
  }

  #tracesOf(of: OperationName, { from, to }: { from: number; to: number }): Trace[] {
    const kept = this.#find(of)?.traces?.kept ?? []
    return kept
      .filter(({ startedAtMs, endedAtMs }) => startedAtMs <= to && endedAtMs >= from)
      .sort((a, b) => b.durationMs - a.durationMs)
      .map((trace) => this.#shown(trace))
  }

  #errorsOf(of: OperationName, { from, to }: { from: number; to: number }): ErrorRecord[] {
    const records: ErrorRecord[] = []
    for (const entry of this.#find(of)?.errors?.values() ?? []) {
      if (entry.lastAtMs < from || entry.firstAtMs > to) continue
      const count = entry.counts.sum(from, to)
      if (count === 0) continue
      records.push({
        component: of.component,
        operation: of.operation,
        class: entry.class,
        message: entry.message,
        location: this.#located(entry.thrownAt ?? entry.calledFrom),
        count,
        firstAt: new Date(entry.firstAtMs).toISOString(),
        lastAt: new Date(entry.lastAtMs).toISOString(),
      })
    }
    return records.sort((a, b) => b.count - a.count)
  }

  #callSites(child: OperationName, parent: OperationName | null): CallSite[] {
    const operation = this.#find(child)
    if (operation === null || operation.callers === null) return []
    const caller = parent === null ? null : this.#find(parent)
    if (parent !== null && caller === null) return []
    const samples = new Map<RawFrame, number>()
    for (const [by, { sites }] of operation.callers) {
      if (caller !== null && by !== caller) continue
      if (caller === null && by?.component === 'handler') continue // the same samples as those of the route around it
      for (const { frame, samples: count } of sites) samples.set(frame, (samples.get(frame) ?? 0) + count)
    }
    return [...samples]
      .sort(([, a], [, b]) => b - a)
      .map(([frame, count]) => ({ location: this.#locate(frame), samples: count }))
  }

  #find({ component, operation }: OperationName): Operation | null {
    return this.#tracker.find(component, operation)
  }

  #located(frame: RawFrame | null | undefined): SourceLocation | null {
    return frame ? this.#locate(frame) : null
  }

  #shown(trace: KeptTrace): Trace {
    const { id, reason, operation, outcome, statusCode, traceId, parentSpanId, error, spans, droppedSpans } = trace
    return {
      id,
      reason,
      component: operation.component,
      operation: operation.operation,
      startedAt: new Date(trace.startedAtMs).toISOString(),
      durationMs: trace.durationMs,
      outcome,
      statusCode,
      traceId,
      parentSpanId,
      error: error === null ? null : this.#shownError(error),
      spans: spans.map((span) => this.#shownSpan(span, trace)),
      droppedSpans,
    }
  }

  #shownError({ class: name, message, frame, calledFrom }: ErrorDigest): Trace['error'] {
    return { class: name, message, location: this.#located(frame ?? calledFrom) }
  }

  #shownSpan({ operation, parent, startMs, durationMs, success, site }: KeptSpan, trace: KeptTrace): TraceSpan {
    const frame = site ?? onlySite(operation.callers?.get(callerOf(parent, trace)))
    return {
      component: operation.component,
      operation: operation.operation,
      parent,
      startMs,
      durationMs,
      success,
      site: this.#located(frame),
    }
  }
}

/** Samples of handlers are kept for their route as well, so either finds them. */
function callerOf(parent: number | null, { spans, operation }: KeptTrace): Operation {
  return parent === null ? operation : (spans[parent]?.operation ?? operation)
}
