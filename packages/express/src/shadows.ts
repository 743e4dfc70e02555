// Gives layer instances a `handle_request` (router 2: `handleRequest`) of their own, not enumerable, above the prototype's.
// `layer.handle`, stacks and prototypes stay as they are; without a measured request it only calls what was there.
import type { NextFunction, Request, Response } from 'express'
import { Passage } from './passage.js'
import type { Layer } from './router-shapes.js'

/** One call of a layer. */
export interface Visit {
  /** What the layer gets as `next`. */
  readonly next: NextFunction
  /** The same call, seen by another monitor. */
  outer: Visit | null
  /** The layer's function returned; what it started may go on. */
  returned(): void
}

/** Null: nothing to observe. `failed`: the layer is called with an error. */
export type Enter = (arrival: Arrival) => Visit | null

export interface Arrival {
  readonly passage: Passage
  readonly req: Request
  readonly res: Response
  readonly next: NextFunction
  readonly failed: boolean
}

const shadowed = new WeakSet<Layer>()
const seenStacks = new WeakMap<Layer[], { length: number; last: Layer | undefined }>()

/** Calls `add` for layers that are new. Cheap when there are none: runs whenever a request enters a router or moves on in it. */
export function watchStack(stack: Layer[], passage: Passage, add: (layer: Layer) => void): void {
  const seen = seenStacks.get(stack)
  const last = stack[stack.length - 1]
  if (seen !== undefined && seen.length === stack.length && seen.last === last) return
  seenStacks.set(stack, { length: stack.length, last })
  for (const layer of stack) {
    try {
      if (shadowed.has(layer)) continue
      shadowed.add(layer)
      add(layer)
    } catch (error) {
      passage.fault(error) // a layer of another kind: the others are watched all the same
    }
  }
}

export function shadow(layer: Layer, enter: Enter): void {
  const methods = layer as unknown as Record<string, unknown>
  const isRouter2 = typeof methods.handleRequest === 'function'
  const requestKey = isRouter2 ? 'handleRequest' : 'handle_request'
  const onRequest = methods[requestKey]
  if (typeof onRequest !== 'function') return
  define(layer, requestKey, function (this: Layer, req: Request, res: Response, next: NextFunction) {
    // an error handler is only asked whether it takes requests
    const visit = layer.handle.length > 3 ? null : tryEnter(enter, req, res, next, false)
    if (visit === null) return onRequest.call(this, req, res, next)
    const result = onRequest.call(this, req, res, visit.next)
    visit.returned()
    return result
  })
  const errorKey = isRouter2 ? 'handleError' : 'handle_error'
  const onError = methods[errorKey]
  // anything but an error handler passes the error on at once
  if (layer.handle.length !== 4 || typeof onError !== 'function') return
  define(layer, errorKey, function (this: Layer, error: unknown, req: Request, res: Response, next: NextFunction) {
    const visit = tryEnter(enter, req, res, next, true)
    if (visit === null) return onError.call(this, error, req, res, next)
    const result = onError.call(this, error, req, res, visit.next)
    visit.returned()
    return result
  })
}

function define(layer: Layer, key: string, value: unknown): void {
  Object.defineProperty(layer, key, { value, enumerable: false, configurable: true, writable: true })
}

/** Null, and the layer runs as without us, for requests that are not measured and whenever our part fails. */
function tryEnter(enter: Enter, req: Request, res: Response, next: NextFunction, failed: boolean): Visit | null {
  let visit: Visit | null = null
  for (let passage = Passage.of(req); passage !== undefined; passage = passage.outer) {
    try {
      const entered: Visit | null = enter({ passage, req, res, next: visit?.next ?? next, failed })
      if (entered !== null) {
        entered.outer = visit
        visit = entered
      }
    } catch (error) {
      passage.fault(error)
    }
  }
  return visit
}
