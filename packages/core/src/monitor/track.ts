import type { Operation } from '../tracker/operation.js'
import type { OperationSpan } from '../tracker/span.js'
import type { Tracker } from '../tracker/tracker.js'

/**
 * Runs `fn` as one run of `operation`; result and exception pass through. A plain promise is answered with one that follows it, so
 * that a rejection nobody handles stays unhandled (a handler on the side would hide it from the process). Anything that is more
 * than that (a subclass, a query builder, a promise with methods of its own) is returned as the very object.
 */
export function track<T>(tracker: Tracker, operation: Operation, fn: () => T): T {
  const span = begun(tracker, operation)
  if (span === null) return fn()
  const end = (success: boolean) => {
    try {
      span.end(success)
    } catch (error) {
      tracker.reportFault('track', error)
    }
  }
  let result: T
  try {
    result = span.run(fn)
  } catch (error) {
    end(false)
    throw error
  }
  if (!isThenable(result)) {
    end(true)
    return result
  }
  if (!isNativePromise(result)) return watchedThenable(result, end)
  if (Object.keys(result).length > 0) {
    // `await` never asks a native promise for its `then`, and what hangs on this one must stay: only a handler on the side is left
    result.then(
      () => end(true),
      () => end(false),
    )
    return result
  }
  return result.then(
    (value) => {
      end(true)
      return value
    },
    (reason) => {
      end(false)
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

/**
 * Sees the outcome when the owner asks for it: lazy thenables start when `then` is called, so calling it here would run them
 * twice. `await` calls the `then` of everything but plain promises.
 */
function watchedThenable<T>(thenable: T, end: (success: boolean) => void): T {
  const then = (thenable as { then: (...args: unknown[]) => unknown }).then
  const watched = function (
    this: T,
    resolve?: ((value: unknown) => unknown) | null,
    reject?: ((reason: unknown) => unknown) | null,
  ) {
    return Reflect.apply(then, this, [
      (value: unknown) => {
        end(true)
        return typeof resolve === 'function' ? resolve(value) : value
      },
      (reason: unknown) => {
        end(false)
        if (typeof reject === 'function') return reject(reason)
        throw reason
      },
    ])
  }
  try {
    Object.defineProperty(thenable, 'then', { value: watched, configurable: true, writable: true })
  } catch {
    end(true) // frozen: its end cannot be seen, so what is counted is the call that made it
  }
  return thenable
}

function isNativePromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.constructor === Promise
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
