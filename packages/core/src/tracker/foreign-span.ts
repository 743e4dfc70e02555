// A run that another tracer times (OpenTelemetry): named when it ends, with times of its own, sometimes told of only afterwards.
// So its children are kept until then, and its own time is its duration without the union of their intervals.
import { isDuration } from '../histogram/histogram.js'
import type { CapturedExchange } from './captures.js'
import type { HttpExchange } from './exchange.js'
import { Intervals } from './intervals.js'
import type { Operation } from './operation.js'
import { type HandlerSpan, OperationSpan, type Span } from './span.js'
import { traceparentOf } from './trace-context.js'
import type { Tracker } from './tracker.js'

/** Ids as W3C Trace Context has them: 32 and 16 hexadecimal digits. */
export interface ForeignTrace {
  readonly traceId: string
  readonly spanId: string
}

/** Finds the runs of another tracer in its own async context. The tracker asks it for every run that begins. */
export interface ForeignScope {
  /** What begins here belongs to: `own`, the run of this process that is current, or one of the other tracer's inside it. */
  innermost(own: Span | null): Span | null
  exchangeBegan(exchange: HttpExchange): void
  /** Under which ids the other tracer keeps this request; `null` when it does not. */
  traceOf(exchange: HttpExchange): ForeignTrace | null
}

export interface ForeignEnd {
  readonly operation: Operation
  readonly durationMs: number
  readonly success: boolean
  /** Of operations of component `http`. */
  readonly statusCode?: number | null
  /** Why it failed, where that is known. */
  readonly error?: unknown
}

export interface ForeignStart {
  readonly parent: Span | null
  readonly startMs: number
  readonly trace?: ForeignTrace
}

export class ForeignSpan extends OperationSpan implements CapturedExchange {
  error: unknown = undefined
  readonly answer = null
  readonly #trace: ForeignTrace | null
  readonly #handler: HandlerSpan | null
  readonly #covered = new Intervals()
  readonly #children = new Map<Operation, { calls: number; durationMs: number }>()
  #running = 0
  #runningSinceMs = 0
  /** As it was named at its end. */
  #named: Operation | null = null

  /** @param operation what it is called while it runs: it may get another name at its end */
  constructor(tracker: Tracker, operation: Operation, { parent, startMs, trace }: ForeignStart) {
    super(tracker, operation, parent, startMs)
    this.#trace = trace ?? null
    this.#handler = parent === null ? null : parent.handler
  }

  get traceparent(): string | undefined {
    return this.#trace === null ? undefined : traceparentOf(this.#trace)
  }

  /** A request is named at its end: until then nothing is known of the edges that begin at it. */
  override get caller(): Operation | null {
    return this.operation.http === null ? this.operation : null
  }

  /** Whether something of that component ran in it so far. */
  hasChildOf(component: string): boolean {
    for (const child of this.#children.keys()) if (child.component === component) return true
    return false
  }

  override childBegan(nowMs: number): void {
    if (this.#running++ === 0) this.#runningSinceMs = nowMs
  }

  override childEnded(child: Operation, durationMs: number, nowMs: number): void {
    this.#running--
    if (this.ended) {
      this.#named?.addChild(child, 1, durationMs)
      return
    }
    if (isDuration(durationMs)) this.#covered.add(nowMs - durationMs, nowMs)
    const known = this.#children.get(child)
    if (known !== undefined) {
      known.calls++
      known.durationMs += durationMs
    } else if (this.#children.size < this.tracker.limits.maxChildrenPerOperation) {
      this.#children.set(child, { calls: 1, durationMs })
    } else this.tracker.rejectedChildren++
  }

  override end(success = true, error?: unknown): void {
    this.endAs({ operation: this.operation, durationMs: this.tracker.nowMs() - this.startMs, success, error })
  }

  /** Records the run; a second call does nothing. What is no duration is counted as rejected, and is nobody's child. */
  endAs({ operation, durationMs, success, statusCode = null, error }: ForeignEnd): void {
    if (this.ended) return
    const nowMs = this.tracker.nowMs()
    this.#leave()
    if (!isDuration(durationMs)) {
      this.tracker.rejectedDurations++
      return
    }
    const endMs = Math.min(nowMs, this.startMs + durationMs)
    if (this.#running > 0) this.#covered.add(this.#runningSinceMs, endMs)
    this.#named = operation
    ;(this as { operation: Operation }).operation = operation
    this.durationMs = durationMs
    this.success = success
    this.error = error
    if (operation.http === null) operation.record(durationMs, success)
    else operation.recordHttp(durationMs, success ? 'success' : 'failure', statusCode, null, null)
    const coveredMs = this.#covered.within(endMs - durationMs, endMs)
    if (coveredMs > 0) operation.addCovered(coveredMs)
    for (const [child, { calls, durationMs: childMs }] of this.#children) operation.addChild(child, calls, childMs)
    this.#children.clear()
    this.outer?.childEnded(operation, durationMs, endMs)
    this.#handler?.childEnded(operation, durationMs, endMs)
    const { captures } = this.tracker
    if (captures === null) return
    const outcome = success ? 'success' : 'failure'
    if (this.outer === null) captures.exchangeEnded(this, { operation, durationMs, nowMs, outcome, statusCode })
    else if (!success) captures.failed(this, error)
  }

  /** Ends it without a record: it never ended, or something else measures it. */
  abandon(): void {
    if (!this.ended) this.#leave()
    this.#children.clear()
  }

  #leave(): void {
    this.ended = true
    this.operation.active--
  }
}
