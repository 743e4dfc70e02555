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

/** Null: the layer is not observed. */
export type Build = (layer: Layer) => Enter | null

type Method = (this: Layer, ...args: unknown[]) => unknown
type RequestMethod = 'handle_request' | 'handleRequest'
type ErrorMethod = 'handle_error' | 'handleError'
type LayerMethods = Layer & Partial<Record<RequestMethod | ErrorMethod, Method>>

/** Filled at the layer's first call, so that watching 10,000 layers does not block: 0.6 µs each instead of 1.7. */
interface Shadow {
  readonly build: Build
  readonly onRequest: Method
  readonly onError: Method | undefined
  enter: Enter | null | undefined
}

const shadows = new WeakMap<Layer, Shadow>()
const seenStacks = new WeakMap<Layer[], { length: number; last: Layer | undefined }>()

/** Shadows layers that are new. Cheap when there are none: runs whenever a request enters a router or moves on in it. */
export function watchStack(stack: Layer[], passage: Passage, build: Build): void {
  const seen = seenStacks.get(stack)
  const last = stack[stack.length - 1]
  if (seen !== undefined && seen.length === stack.length && seen.last === last) return
  seenStacks.set(stack, { length: stack.length, last })
  for (const layer of stack) {
    try {
      if (!shadows.has(layer)) shadow(layer, build)
    } catch (error) {
      passage.fault(error) // a layer of another kind: the others are watched all the same
    }
  }
}

function shadow(layer: LayerMethods, build: Build): void {
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
  // an error handler is only asked whether it takes requests
  const visit = this.handle.length > 3 ? null : tryEnter(this, shadow, { req, res, next, failed: false })
  if (visit === null) return shadow.onRequest.call(this, req, res, next)
  const result = shadow.onRequest.call(this, req, res, visit.next)
  visit.returned()
  return result
}

function shadowedError(this: Layer, error: unknown, req: Request, res: Response, next: NextFunction): unknown {
  const shadow = shadows.get(this) as Shadow & { onError: Method }
  const visit = tryEnter(this, shadow, { req, res, next, failed: true })
  if (visit === null) return shadow.onError.call(this, error, req, res, next)
  const result = shadow.onError.call(this, error, req, res, visit.next)
  visit.returned()
  return result
}

/** Null, and the layer runs as without us, for requests that are not measured and whenever our part fails. */
function tryEnter(layer: Layer, shadow: Shadow, call: Omit<Arrival, 'passage'>): Visit | null {
  let visit: Visit | null = null
  for (let passage = Passage.of(call.res); passage !== null; passage = passage.outer) {
    try {
      if (shadow.enter === undefined) {
        shadow.enter = null // stays so when building fails
        shadow.enter = shadow.build(layer)
      }
      if (shadow.enter === null) return visit
      const { req, res, failed } = call
      const entered: Visit | null = shadow.enter({ passage, req, res, next: visit?.next ?? call.next, failed })
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
