import { types } from 'node:util'
import type { Operation } from '../tracker/operation.js'
import type { OperationSpan } from '../tracker/span.js'
import type { Tracker } from '../tracker/tracker.js'
import { watchThenable } from './thenables.js'

/**
 * Runs `fn` as one run of `operation`; result and exception pass through. A plain promise is answered with one that follows it, so
 * that a rejection nobody handles stays unhandled (a handler on the side would hide it from the process). Anything that is more
 * than that (a subclass, a query builder, a promise with methods of its own) is returned as the very object.
 */
export function track<T>(tracker: Tracker, operation: Operation, fn: () => T): T {
  const span = begun(tracker, operation)
  if (span === null) return fn()
  const end = (success: boolean, error?: unknown) => {
    try {
      span.end(success, error)
    } catch (error) {
      tracker.reportFault('track', error)
    }
  }
  let result: T
  try {
    result = span.run(fn)
  } catch (error) {
    end(false, error)
    throw error
  }
  const then = thenOf(result)
  if (then === null) {
    end(true)
    return result
  }
  if (!isPlainPromise(result)) {
    watchThenable(result as T & object, then, { end, span })
    return result
  }
  if (Object.keys(result).length > 0) {
    // `await` never asks a native promise for its `then`, and what hangs on this one must stay: only a handler on the side is left
    result.then(
      () => end(true),
      (reason) => end(false, reason),
    )
    return result
  }
  return result.then(
    (value) => {
      end(true)
      return value
    },
    (reason) => {
      end(false, reason)
      throw reason
    },
  ) as T
}

/** `null` when that failed: `fn` runs all the same. */
function begun(tracker: Tracker, operation: Operation): OperationSpan | null {
  try {
    return tracker.begin(operation)
  } catch (error) {
    tracker.reportFault('track', error)
    return null
  }
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  try {
    return types.isPromise(value) && value.constructor === Promise
  } catch {
    return false // a getter of the host's: it is more than a promise
  }
}

/** `null` for what is no thenable, and for what throws when asked (a strict proxy, a lazy property): `fn` did its work. */
function thenOf(value: unknown): ((...args: unknown[]) => unknown) | null {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return null
  try {
    const { then } = value as { then?: unknown }
    return typeof then === 'function' ? (then as (...args: unknown[]) => unknown) : null
  } catch {
    return null
  }
}
