import type { Operation } from '../tracker/operation.js'
import type { Tracker } from '../tracker/tracker.js'

/**
 * Runs `fn` as one run of `operation`. Result and exception pass through untouched: a promise is returned as it is (the
 * very object, so subclasses and extra methods stay), and watched on the side.
 */
export function track<T>(tracker: Tracker, operation: Operation, fn: () => T): T {
  const span = tracker.begin(operation)
  let result: T
  try {
    result = span.run(fn)
  } catch (error) {
    span.end(false)
    throw error
  }
  if (!isThenable(result)) {
    span.end(true)
    return result
  }
  if (result instanceof Promise) {
    // the rejection handled here is that of the branch made here: the caller's own stays theirs to handle
    Promise.prototype.then.call(
      result,
      () => span.end(true),
      () => span.end(false),
    )
    return result
  }
  return watchedThenable(result, (success) => span.end(success)) as T
}

/** Lazy thenables (query builders) start when `then` is called: calling it here as well would run them twice. */
function watchedThenable<T extends PromiseLike<unknown>>(thenable: T, end: (success: boolean) => void): T {
  const then = thenable.then
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

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
