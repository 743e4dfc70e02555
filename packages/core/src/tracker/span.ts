// One run of an operation. Its own time is its duration without the time in which at least one child ran (children overlap).
import type { Operation } from './operation.js'
import type { Tracker } from './tracker.js'

export class Span {
  protected readonly tracker: Tracker
  readonly startMs: number
  ended = false
  /** The handler that runs now within an HTTP exchange: it gets the children as well. */
  handler: HandlerSpan | null = null
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

  childBegan(nowMs: number): void {
    if (this.#runningChildren++ === 0) this.#coveredSinceMs = nowMs
  }

  childEnded(child: Operation, durationMs: number, nowMs: number): void {
    // a child that outlives its parent counts as a call, but covers no time of a run that is over
    if (--this.#runningChildren === 0 && !this.ended) this.coveredMs += nowMs - this.#coveredSinceMs
    this.addChild(child, durationMs)
  }

  /** Overridden by spans that keep children: a bare span keeps none. */
  protected addChild(_child: Operation, _durationMs: number): void {}

  protected finishCovering(nowMs: number): number {
    if (this.#runningChildren > 0) this.coveredMs += nowMs - this.#coveredSinceMs
    return this.coveredMs
  }
}

export class OperationSpan extends Span {
  readonly operation: Operation
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
  }

  override get outer(): Span | null {
    return this.#parent
  }

  override get running(): Operation | null {
    return this.ended ? null : this.operation
  }

  /** Records the run; a second call does nothing. */
  end(success = true): void {
    if (this.ended) return
    const nowMs = this.tracker.nowMs()
    const durationMs = nowMs - this.startMs
    const operation = this.operation
    const coveredMs = this.finishCovering(nowMs)
    this.ended = true
    operation.active--
    operation.record(durationMs, success)
    if (coveredMs > 0) operation.addCovered(coveredMs)
    if (this.#parent !== null) this.#parent.childEnded(operation, durationMs, nowMs)
    if (this.#parentHandler !== null) this.#parentHandler.childEnded(operation, durationMs, nowMs)
  }

  /** Runs `fn` with this run as the parent of what begins in it. */
  run<T>(fn: () => T): T {
    return this.tracker.runIn(this, fn)
  }

  protected override addChild(child: Operation, durationMs: number): void {
    this.operation.addChild(child, 1, durationMs)
  }
}

/** What a handler must know of its exchange. */
interface HandledSpan extends Span {
  /** Held open on purpose: neither it nor the handler that holds it has a duration to speak of. */
  readonly isStream: boolean
  handlerEnded(operation: Operation, durationMs: number): void
}

/**
 * A handler or middleware of an HTTP exchange. Handlers run one after another, so the exchange keeps the current one in a
 * field instead of an async context of its own (250 ns each on Node 24). What begins meanwhile is a child of both.
 */
export class HandlerSpan extends Span {
  readonly operation: Operation
  readonly #exchange: HandledSpan
  readonly #previous: HandlerSpan | null

  constructor(tracker: Tracker, operation: Operation, exchange: HandledSpan, startMs: number) {
    super(tracker, startMs)
    this.operation = operation
    this.#exchange = exchange
    this.#previous = exchange.handler
    exchange.handler = this
    operation.active++
  }

  /** Records the handler's run; a second call does nothing. */
  end(success = true): void {
    if (this.ended) return
    const nowMs = this.tracker.nowMs()
    const durationMs = nowMs - this.startMs
    const coveredMs = this.finishCovering(nowMs)
    this.ended = true
    this.operation.active--
    if (this.#exchange.handler === this) this.#exchange.handler = this.#running()
    if (this.#exchange.isStream) return
    this.operation.record(durationMs, success)
    if (coveredMs > 0) this.operation.addCovered(coveredMs)
    this.#exchange.handlerEnded(this.operation, durationMs)
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
