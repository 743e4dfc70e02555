// Ends a run when the wrapped call does: by its callback, its promise, its return or its exception. What the app gets is untouched.
import type { OperationSpan } from '../tracker/span.js'
import type { Tracker } from '../tracker/tracker.js'
import { runBeside } from './spans.js'

type Callback = (this: unknown, ...args: unknown[]) => unknown

export interface TimedCall {
  readonly tracker: Tracker
  readonly span: OperationSpan
  readonly args: unknown[]
  readonly proceed: (args: unknown[]) => unknown
}

/** The last argument that is a function is the callback: its first argument is the error. It runs where the call was made. */
export function timeCall({ tracker, span, args, proceed }: TimedCall): unknown {
  const position = args.findLastIndex((arg) => typeof arg === 'function')
  let result: unknown
  try {
    result = proceed(position === -1 ? args : withCallback(args, position, { tracker, span }))
  } catch (error) {
    span.end(false)
    throw error
  }
  if (position !== -1) return result
  if (!isThenable(result)) {
    span.end(true)
    return result
  }
  // what follows the promise is handed on, so that a rejection nobody handles stays one
  return result.then(
    (value) => {
      span.end(true)
      return value
    },
    (reason) => {
      span.end(false)
      throw reason
    },
  )
}

function withCallback(
  args: unknown[],
  position: number,
  { tracker, span }: { tracker: Tracker; span: OperationSpan },
): unknown[] {
  const callback = args[position] as Callback
  const given = [...args]
  given[position] = function (this: unknown, ...results: unknown[]): unknown {
    span.end(results[0] === undefined || results[0] === null)
    return runBeside(tracker, span, () => Reflect.apply(callback, this, results))
  }
  return given
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
