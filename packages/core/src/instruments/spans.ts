// How instruments begin runs: what the app times itself under the same name is not counted a second time.
import { Operation } from '../tracker/operation.js'
import { OperationSpan, Span } from '../tracker/span.js'
import type { Tracker } from '../tracker/tracker.js'

/** Begins a run; `null` when the run around it is of the same operation: then the app times this call itself. */
export function beginCall(tracker: Tracker, operation: Operation): OperationSpan | null {
  const span = tracker.begin(operation)
  const outer = span.outer
  if (!(outer instanceof OperationSpan) || outer.operation !== operation) return span
  discard(tracker, span, outer)
  return null
}

/** Runs `fn` where `span` was begun: callbacks of pools and sockets come from wherever their event did. */
export function runBeside<T>(tracker: Tracker, span: OperationSpan, fn: () => T): T {
  return tracker.runIn(span.outer ?? outside(tracker), fn)
}

const OUTSIDE = new WeakMap<Tracker, Span>()

/** A run that is over and stands in no other: what begins in it has no parent. */
function outside(tracker: Tracker): Span {
  let span = OUTSIDE.get(tracker)
  if (span === undefined) {
    span = new Span(tracker, 0)
    span.ended = true
    OUTSIDE.set(tracker, span)
  }
  return span
}

/** Takes a run back that began and must not count. Its parent learns of every child's end, so it is told of one that it forgets. */
function discard(tracker: Tracker, span: OperationSpan, outer: OperationSpan): void {
  const rejected = tracker.rejectedChildren
  const nobody = new Operation(tracker, -1, span.operation.component, span.operation.operation)
  span.ended = true
  span.operation.active--
  outer.childEnded(nobody, 0, span.startMs)
  outer.operation.children.delete(nobody)
  tracker.rejectedChildren = rejected
}
