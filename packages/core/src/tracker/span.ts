// One run of an operation. Its own time is its duration without the time in which at least one child ran (children overlap).
import type { RawFrame } from './frames.js'
import type { Operation } from './operation.js'
import type { Tracker } from './tracker.js'
import type { WaitKind } from './waits.js'

const MAX_TRACED_MS = 600_000 // a trace is shown for ten minutes; thousands of runs that never end must not keep 200 spans each

export type TracedSpan = OperationSpan | HandlerSpan

/** What began within an outermost run, in that order: its trace, should it be kept. */
export class SpanLog {
  spans: TracedSpan[] = []
  dropped = 0
  /** Calls that were sampled before the request had its route. */
  readonly unnamed: OperationSpan[] = []
  readonly #startMs: number
  #isOpen = true
  #isGivenUp = false

  constructor(startMs: number) {
    this.#startMs = startMs
  }

  add(span: TracedSpan, limit: number): void {
    if (!this.#isOpen) return
    if (span.startMs - this.#startMs > MAX_TRACED_MS) this.#giveUp()
    if (this.spans.length < limit && !this.#isGivenUp) this.spans.push(span)
    else this.dropped++
  }

  /** The outermost run is over. What still runs must not keep the rest of it in memory. */
  close(): void {
    this.#isOpen = false
    this.spans = []
    if (this.unnamed.length > 0) this.unnamed.length = 0 // to set a length takes Node 20 1 us, also when it is 0 already
  }

  #giveUp(): void {
    this.dropped += this.spans.length
    this.spans = []
    this.#isGivenUp = true
  }
}

export class Span {
  protected readonly tracker: Tracker
  readonly startMs: number
  ended = false
  /** The handler that runs now within an HTTP exchange: it gets the children as well. */
  handler: HandlerSpan | null = null
  /** Of the outermost run, made with the first that begins in it. */
  log: SpanLog | null = null
  /** Sum of the times in which at least one child ran. */
  protected coveredMs = 0
  #runningChildren = 0
  #coveredSinceMs = 0

  constructor(tracker: Tracker, startMs: number) {
    this.tracker = tracker
    this.startMs = startMs
  }

  /** The run that this one began in. */
  get outer(): Span | null {
    return null
  }

  /** What runs, by name; `null` where that is not known (yet). Reads only: it is asked in the middle of anything. */
  get running(): { component: string; operation: string } | null {
    return null
  }

  /** The operation as which it calls others; `null` where that is not known (yet). */
  get caller(): Operation | null {
    return null
  }

  /** Itself, where it is the run of an operation. */
  get operationSpan(): OperationSpan | null {
    return null
  }

  openLog(): SpanLog {
    this.log = new SpanLog(this.startMs)
    return this.log
  }

  childBegan(nowMs: number): void {
    if (this.#runningChildren++ === 0) this.#coveredSinceMs = nowMs
  }

  childEnded(child: Operation, durationMs: number, nowMs: number): void {
    // a child that outlives its parent counts as a call, but covers no time of a run that is over
    if (--this.#runningChildren === 0 && !this.ended) this.coveredMs += nowMs - this.#coveredSinceMs
    this.addChild(child, durationMs)
  }

  /** Something in it waited: a call of its own, or one of theirs. */
  addWait(_kind: WaitKind, _durationMs: number): void {}

  /** Overridden by spans that keep children: a bare span keeps none. */
  protected addChild(_child: Operation, _durationMs: number): void {}

  protected finishCovering(nowMs: number): number {
    if (this.#runningChildren > 0) this.coveredMs += nowMs - this.#coveredSinceMs
    return this.coveredMs
  }
}

export class OperationSpan extends Span {
  readonly operation: Operation
  /** `NaN` until it ended. */
  durationMs = Number.NaN
  success = true
  /** The line of the app that made this call, when it was sampled. */
  site: RawFrame | null = null
  readonly #parent: Span | null
  readonly #parentHandler: HandlerSpan | null

  constructor(tracker: Tracker, operation: Operation, parent: Span | null, startMs: number) {
    super(tracker, startMs)
    this.operation = operation
    this.#parent = parent
    this.#parentHandler = parent === null ? null : parent.handler
    operation.active++
    if (parent !== null) parent.childBegan(startMs)
    if (this.#parentHandler !== null) this.#parentHandler.childBegan(startMs)
    const { captures } = tracker
    if (captures === null) return
    if (parent !== null) {
      this.log = parent.log ?? parent.openLog()
      this.log.add(this, captures.maxSpansPerTrace)
    }
    const caller = parent === null ? null : parent.caller
    if (startMs >= operation.siteDueMs || caller !== operation.siteCaller) captures.sites.visit(this, parent, caller)
  }

  override get outer(): Span | null {
    return this.#parent
  }

  /** The handler in which it began. */
  get inHandler(): HandlerSpan | null {
    return this.#parentHandler
  }

  override get caller(): Operation | null {
    return this.operation
  }

  override get operationSpan(): OperationSpan {
    return this
  }

  override get running(): Operation | null {
    return this.ended ? null : this.operation
  }

  /** Records the run; a second call does nothing. `error` is why it failed, where that is known. */
  end(success = true, error?: unknown): void {
    if (this.ended) return
    const nowMs = this.tracker.nowMs()
    const durationMs = nowMs - this.startMs
    const operation = this.operation
    const coveredMs = this.finishCovering(nowMs)
    this.ended = true
    this.durationMs = durationMs
    this.success = success
    operation.active--
    operation.record(durationMs, success)
    if (coveredMs > 0) operation.addCovered(coveredMs)
    if (this.#parent !== null) this.#parent.childEnded(operation, durationMs, nowMs)
    if (this.#parentHandler !== null) this.#parentHandler.childEnded(operation, durationMs, nowMs)
    if (operation.waitKind !== null) this.#tellWait(operation.waitKind, durationMs)
    const { captures } = this.tracker
    if (captures === null) return
    if (!success) captures.failed(this, error)
    if (this.#parent === null && this.log !== null) captures.endedAlone(this, nowMs, error)
  }

  /** A call in it that ends now, and was not seen when it began. */
  addPart(operation: Operation, startMs: number): void {
    new OperationSpan(this.tracker, operation, this, startMs).end()
  }

  /** Runs `fn` with this run as the parent of what begins in it. */
  run<T>(fn: () => T): T {
    return this.tracker.runIn(this, fn)
  }

  override addWait(kind: WaitKind, durationMs: number): void {
    this.operation.addWait(kind, durationMs)
  }

  protected override addChild(child: Operation, durationMs: number): void {
    this.operation.addChild(child, 1, durationMs)
  }

  /** All around it waited as well. */
  #tellWait(kind: WaitKind, durationMs: number): void {
    this.#parentHandler?.operation.addWait(kind, durationMs)
    for (let around = this.#parent; around !== null; around = around.outer) {
      around.addWait(kind, durationMs)
      around.operationSpan?.inHandler?.operation.addWait(kind, durationMs)
    }
  }
}

/** What a handler must know of its exchange. */
interface HandledSpan extends Span {
  /** Held open on purpose: neither it nor the handler that holds it has a duration to speak of. */
  readonly isStream: boolean
  handlerEnded(operation: Operation, durationMs: number): void
  fail(error: unknown): void
}

/**
 * A handler or middleware of an HTTP exchange. Handlers run one after another, so the exchange keeps the current one in a
 * field instead of an async context of its own (250 ns each on Node 24). What begins meanwhile is a child of both.
 */
export class HandlerSpan extends Span {
  readonly operation: Operation
  /** `NaN` until it ended. */
  durationMs = Number.NaN
  success = true
  /** A framework calls it, not the app. */
  readonly site: RawFrame | null = null
  readonly #exchange: HandledSpan
  readonly #previous: HandlerSpan | null

  constructor(tracker: Tracker, operation: Operation, exchange: HandledSpan, startMs: number) {
    super(tracker, startMs)
    this.operation = operation
    this.#exchange = exchange
    this.#previous = exchange.handler
    exchange.handler = this
    operation.active++
    const { captures } = tracker
    if (captures === null) return
    const log = exchange.log ?? exchange.openLog()
    log.add(this, captures.maxSpansPerTrace)
  }

  /** The handler that called this one and went on. */
  get interrupted(): HandlerSpan | null {
    let handler = this.#previous
    while (handler?.ended && handler.startMs + handler.durationMs <= this.startMs) handler = handler.#previous
    return handler
  }

  /** Records the handler's run; a second call does nothing. `error` is why it failed: then the request does too, for all we know. */
  end(success = true, error?: unknown): void {
    if (this.ended) return
    const nowMs = this.tracker.nowMs()
    const durationMs = nowMs - this.startMs
    const coveredMs = this.finishCovering(nowMs)
    this.ended = true
    this.durationMs = durationMs
    this.success = success
    this.operation.active--
    if (this.#exchange.handler === this) this.#exchange.handler = this.#running()
    if (this.#exchange.isStream) return
    this.operation.record(durationMs, success)
    if (coveredMs > 0) this.operation.addCovered(coveredMs)
    this.#exchange.handlerEnded(this.operation, durationMs)
    if (success || error === undefined) return
    this.#exchange.fail(error)
    this.tracker.captures?.handlerFailed(this.operation, error)
  }

  /** The handler that this one interrupted, if it still runs. */
  #running(): HandlerSpan | null {
    let handler = this.#previous
    while (handler?.ended) handler = handler.#previous
    return handler
  }

  protected override addChild(child: Operation, durationMs: number): void {
    this.operation.addChild(child, 1, durationMs)
  }
}
