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

/** `failed`: the layer is called with an error. Not an object: seven layers a request, each an object, would cost 1 us. */
export type Enter = (passage: Passage, req: Request, next: NextFunction, failed: boolean) => Visit

/** Null: the layer is not observed. */
export type Build<Owner> = (layer: Layer, owner: Owner) => Enter | null

type Method = (this: Layer, ...args: unknown[]) => unknown
type RequestMethod = 'handle_request' | 'handleRequest'
type ErrorMethod = 'handle_error' | 'handleError'
type LayerMethods = Layer & Partial<Record<RequestMethod | ErrorMethod, Method>>

/** Filled at the layer's first call, so that watching 10,000 layers does not block: 0.6 µs each instead of 1.7. */
interface Shadow {
  readonly build: () => Enter | null
  readonly onRequest: Method
  readonly onError: Method | undefined
  enter: Enter | null | undefined
}

const shadows = new WeakMap<Layer, Shadow>()
const seenStacks = new WeakMap<Layer[], { length: number; last: Layer | undefined }>()

/** Shadows layers that are new. Cheap when there are none: runs whenever a request enters a router or moves on in it. */
export function watchStack<Owner extends { stack: Layer[] }>(
  owner: Owner,
  passage: Passage,
  build: Build<Owner>,
): void {
  const { stack } = owner
  const seen = seenStacks.get(stack)
  const last = stack[stack.length - 1]
  if (seen !== undefined && seen.length === stack.length && seen.last === last) return
  seenStacks.set(stack, { length: stack.length, last })
  for (const layer of stack) {
    try {
      if (!shadows.has(layer)) shadow(layer, () => build(layer, owner))
    } catch (error) {
      passage.fault(error) // a layer of another kind: the others are watched all the same
    }
  }
}

function shadow(layer: LayerMethods, build: () => Enter | null): void {
  const isRouter2 = layer.handleRequest !== undefined
  const onRequest = isRouter2 ? layer.handleRequest : layer.handle_request
  const onError = isRouter2 ? layer.handleError : layer.handle_error
  if (onRequest === undefined) return
  shadows.set(layer, { build, onRequest, onError, enter: undefined })
  define(layer, isRouter2 ? 'handleRequest' : 'handle_request', shadowedRequest)
  // anything but an error handler passes the error on at once
  if (layer.handle.length === 4) define(layer, isRouter2 ? 'handleError' : 'handle_error', shadowedError)
}

function define(layer: Layer, key: string, value: unknown): void {
  Object.defineProperty(layer, key, { value, enumerable: false, configurable: true, writable: true })
}

function shadowedRequest(this: Layer, req: Request, res: Response, next: NextFunction): unknown {
  const shadow = shadows.get(this) as Shadow
  const passage = Passage.of(res)
  // an error handler is only asked whether it takes requests
  if (passage === null || this.handle.length > 3) return shadow.onRequest.call(this, req, res, next)
  const visit = tryEnter(passage, shadow, { req, next, failed: false })
  if (visit === null) return shadow.onRequest.call(this, req, res, next)
  const result = shadow.onRequest.call(this, req, res, visit.next)
  visit.returned()
  return result
}

function shadowedError(this: Layer, error: unknown, req: Request, res: Response, next: NextFunction): unknown {
  const shadow = shadows.get(this) as Shadow & { onError: Method }
  const passage = Passage.of(res)
  const visit = passage === null ? null : tryEnter(passage, shadow, { req, next, failed: true })
  if (visit === null) return shadow.onError.call(this, error, req, res, next)
  const result = shadow.onError.call(this, error, req, res, visit.next)
  visit.returned()
  return result
}

/** Null, and the layer runs as without us, when it is not observed and whenever our part fails. */
function tryEnter(
  innermost: Passage,
  shadow: Shadow,
  { req, next, failed }: { req: Request; next: NextFunction; failed: boolean },
): Visit | null {
  let visit: Visit | null = null
  for (let passage: Passage | null = innermost; passage !== null; passage = passage.outer) {
    try {
      if (shadow.enter === undefined) {
        shadow.enter = null // stays so when building fails
        shadow.enter = shadow.build()
      }
      if (shadow.enter === null) return visit
      const entered = shadow.enter(passage, req, visit === null ? next : visit.next, failed)
      entered.outer = visit
      visit = entered
    } catch (error) {
      passage.fault(error)
    }
  }
  return visit
}
