// Single requests that are kept whole, and where in the app's code their calls were made.
import type { SourceLocation } from './findings.js'
import type { Outcome } from './window.js'

export interface OperationName {
  readonly component: string
  readonly operation: string
}

/** What a request did: a child of the request itself, or of another span. */
export interface TraceSpan {
  component: string
  operation: string
  /** Index into `spans`; `null` for what the request itself called. */
  parent: number | null
  /** Since the request's start. */
  startMs: number
  /** `null`: still running when the request ended. */
  durationMs: number | null
  success: boolean
  /** The first frame of the app's own code that made the call; `null` where it was not captured. */
  site: SourceLocation | null
}

/** Why a request was kept. `typical`: one of a few taken at random, so that the slow ones have something to differ from. */
export type TraceReason = 'slow' | 'failed' | 'typical'

export interface Trace {
  id: string
  reason: TraceReason
  component: string
  operation: string
  startedAt: string
  durationMs: number
  outcome: Outcome
  /** `null` for what is not HTTP. */
  statusCode: number | null
  /** From `traceparent` (W3C Trace Context), 32 hexadecimal digits; `null` when the request carried none. */
  traceId: string | null
  /** From `traceparent`, 16 hexadecimal digits. */
  parentSpanId: string | null
  error: { class: string; message: string; location: SourceLocation | null } | null
  /** In the order of their start; never more than `limits.maxSpansPerTrace`. */
  spans: TraceSpan[]
  droppedSpans: number
}

/** From where an operation is called, by the samples that were taken of it. */
export interface CallSite {
  location: SourceLocation
  /** Samples taken here; not the number of calls. */
  samples: number
}

/** Failures of one operation of one class at one place. */
export interface ErrorRecord {
  component: string
  operation: string
  /** `error.name`, or the constructor's name. */
  class: string
  /** Of the last one, on one line, cut, with numbers and quoted values replaced: what tells errors apart, not what the user sent. */
  message: string
  /** First frame of the app's own code. */
  location: SourceLocation | null
  count: number
  firstAt: string
  lastAt: string
}
