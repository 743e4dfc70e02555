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
  /** What it came to, before the app gets it: the callback's second argument, or what the promise holds. Must not throw. */
  readonly onResult?: (result: unknown) => void
}

/** The last argument that is a function is the callback: its first argument is the error. It runs where the call was made. */
export function timeCall({ tracker, span, args, proceed, onResult }: TimedCall): unknown {
  const position = args.findLastIndex((arg) => typeof arg === 'function')
  let result: unknown
  try {
    result = proceed(position === -1 ? args : withCallback(args, position, { tracker, span, onResult }))
  } catch (error) {
    span.end(false, error)
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
      onResult?.(value)
      return value
    },
    (reason) => {
      span.end(false, reason)
      throw reason
    },
  )
}

function withCallback(
  args: unknown[],
  position: number,
  { tracker, span, onResult }: Pick<TimedCall, 'tracker' | 'span' | 'onResult'>,
): unknown[] {
  const callback = args[position] as Callback
  const given = [...args]
  given[position] = function (this: unknown, ...results: unknown[]): unknown {
    const [error, result] = results
    const success = error === undefined || error === null
    span.end(success, success ? undefined : error)
    if (success) onResult?.(result)
    return runBeside(tracker, span, () => Reflect.apply(callback, this, results))
  }
  return given
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
