// How instruments begin runs: what the app times itself under the same name is not counted a second time.
import type { Operation } from '../tracker/operation.js'
import { type OperationSpan, Span } from '../tracker/span.js'
import type { Tracker } from '../tracker/tracker.js'

/** Begins a run; `null` when the run around it is of the same operation: then the app times this call itself. */
export function beginCall(tracker: Tracker, operation: Operation): OperationSpan | null {
  return tracker.isUnmeasured || tracker.current() === operation ? null : tracker.begin(operation)
}

/** Runs `fn` where `span` was begun: callbacks of pools and sockets come from wherever their event did. */
export function runBeside<T>(tracker: Tracker, span: OperationSpan, fn: () => T): T {
  return tracker.runIn(span.outer ?? outside(tracker), fn)
}

/** Runs `fn` outside of every run: where the one that asked for it is not known, none is better than another's. */
export function runOutside<T>(tracker: Tracker, fn: () => T): T {
  return tracker.runIn(outside(tracker), fn)
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
