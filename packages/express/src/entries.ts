// What happens when a request comes to a layer: a middleware, a route, a route's handler, a mounted router or app.
import type { Operation, Span } from '@perf-monitor/core/adapter'
import type { NextFunction, Request } from 'express'
import { middlewareName, routeHandlerName } from './handler-names.js'
import { onceAppChanges } from './mounted-app.js'
import { Frame, type Passage } from './passage.js'
import { mountPattern, type Pattern, routePattern } from './patterns.js'
import { type App, type Layer, type Route, type Router, routerOfApp } from './router-shapes.js'
import { type Enter, type Visit, watchStack } from './shadows.js'
import type { TemplateNode } from './templates.js'
import { isReached, nameUnentered, routeNode } from './unentered.js'

const ownMiddleware = new WeakSet<object>()

/** The adapter's own middleware is not listed among handlers. */
export function exempt(middleware: object): void {
  ownMiddleware.add(middleware)
}

/** The request enters `frame`, which its router's layers are measured from. */
export function enterFrame(passage: Passage, frame: Frame): void {
  passage.frame = frame
  passage.middleware = null
  passage.leaveRoutes(frame.node.rest)
  if (frame.router !== null) watchStack(frame.router, passage, entryOf)
}

function entryOf(layer: Layer, router: Router): Enter | null {
  const { handle, route } = layer
  if (route !== undefined) return routeEntry(layer, route, router)
  if (Array.isArray(handle.stack)) return mountEntry(layer, router, () => handle as unknown as Router)
  if (typeof handle.handle === 'function' && typeof handle.set === 'function') {
    return mountEntry(layer, router, () => routerOfApp(handle as unknown as App))
  }
  if (layer.name === 'mounted_app') return mountedAppEntry(layer, router)
  if (ownMiddleware.has(handle) || isExpress4Internal(layer, router)) return null
  return middlewareEntry(layer, router)
}

function isExpress4Internal(layer: Layer, router: Router): boolean {
  return layer.name === 'expressInit' || (layer.name === 'query' && router.stack[1]?.name === 'expressInit')
}

function middlewareEntry(layer: Layer, router: Router): Enter {
  const pattern = mountPattern(layer)
  const operations = new KeptOperations(layer)
  return (passage, req, next, failed) => {
    const frame = arrive(passage, router)
    const node = mountNode(pattern, frame, req)
    // with an error on its way the request keeps the name of what failed
    if (!failed) passage.leaveRoutes(node.rest)
    passage.middleware = node
    passage.middlewareBaseUrl = pattern === '' ? frame.baseUrl : req.baseUrl
    const operation =
      operations.at(node) ?? operations.keep(passage, node, middlewareName(node.path || '/', layer, router))
    return dispatchIn(passage, frame, next).enter(passage.exchange.beginHandler(operation))
  }
}

function routeEntry(layer: Layer, route: Route, router: Router): Enter {
  const pattern = routePattern(route, layer, router)
  return (passage, req, next) => {
    const frame = arrive(passage, router)
    passage.enterRoute(route, routeNode(pattern, frame.node, req))
    watchStack(route, passage, handlerEntry)
    return dispatchIn(passage, frame, next).enter(null)
  }
}

function handlerEntry(layer: Layer, route: Route): Enter {
  const operations = new KeptOperations(layer)
  return (passage, req, next) => {
    if (passage.route !== route) enterHiddenRoute(passage, req, route)
    const node = passage.routeNode
    const operation =
      operations.at(node) ?? operations.keep(passage, node, routeHandlerName(node.path || '/', layer, route))
    let dispatch = passage.routeDispatch
    if (dispatch === null || !dispatch.goesOn(next)) {
      dispatch = new Dispatch(passage, null, next)
      passage.routeDispatch = dispatch
    }
    return dispatch.enter(passage.exchange.beginHandler(operation))
  }
}

function mountEntry(layer: Layer, router: Router, target: () => Router | null): Enter {
  const pattern = mountPattern(layer)
  return (passage, req, next) => {
    const parent = arrive(passage, router)
    const node = mountNode(pattern, parent, req)
    enterFrame(passage, new Frame(target(), { node, baseUrl: req.baseUrl, parent }))
    return dispatchIn(passage, parent, next).enter(null)
  }
}

function mountedAppEntry(layer: Layer, router: Router): Enter {
  const pattern = mountPattern(layer)
  let app: App | null = null
  return (passage, req, next) => {
    const parent = arrive(passage, router)
    const node = mountNode(pattern, parent, req)
    const frame = new Frame(app && routerOfApp(app), { node, baseUrl: req.baseUrl, parent })
    enterFrame(passage, frame)
    const visit = dispatchIn(passage, parent, next).enter(null)
    if (app === null) {
      visit.onReturn = onceAppChanges(req, passage.res, (mounted) => {
        passage.guard(() => {
          app = mounted
          frame.router = routerOfApp(mounted)
          enterFrame(passage, frame)
        })
      })
    }
    return visit
  }
}

/** The operation of a layer: one for each place where its router is mounted, nearly always one. */
class KeptOperations {
  readonly #layer: Layer
  #node: TemplateNode | null = null
  #operation: Operation | null = null

  constructor(layer: Layer) {
    this.#layer = layer
  }

  at(node: TemplateNode): Operation | null {
    if (node === this.#node) return this.#operation
    const operation = node.operations.get(this.#layer) ?? null
    if (operation !== null) this.#remember(node, operation)
    return operation
  }

  keep(passage: Passage, node: TemplateNode, name: string): Operation {
    const operation = passage.host.handlerOperation(name)
    node.operations.set(this.#layer, operation)
    this.#remember(node, operation)
    return operation
  }

  #remember(node: TemplateNode, operation: Operation): void {
    this.#node = node
    this.#operation = operation
  }
}

/** The request is at a layer of `router`: whatever it tried deeper inside is over. */
function arrive(passage: Passage, router: Router): Frame {
  let frame = passage.frameOf(router)
  if (frame === null) {
    const { node, baseUrl } = placeOf(passage)
    frame = new Frame(router, { node, baseUrl, parent: passage.frame })
  }
  passage.frame = frame
  return frame
}

function mountNode(pattern: Pattern, frame: Frame, req: Request): TemplateNode {
  if (typeof pattern === 'string') return frame.node.child(pattern)
  return frame.node.child(pattern(req.baseUrl.slice(frame.baseUrl.length) || '/'))
}

/** Where the request is: at the middleware that runs, which may be a router in disguise, or in its router. */
function placeOf(passage: Passage): { node: TemplateNode; baseUrl: string } {
  const { middleware, middlewareBaseUrl, frame } = passage
  return middleware === null ? frame : { node: middleware, baseUrl: middlewareBaseUrl }
}

/** A route's handlers run in a router that a function hides: the path is known, mounts inside the function are not. */
function enterHiddenRoute(passage: Passage, req: Request, route: Route): void {
  const { node, baseUrl } = placeOf(passage)
  const place = req.baseUrl === baseUrl ? node : node.child('/*')
  watchStack(route, passage, handlerEntry)
  passage.enterRoute(route, routeNode(routePattern(route), place, req))
}

/** `route` and `router` leave a route or router; they are no errors. */
function isFailure(error: unknown): boolean {
  return Boolean(error) && error !== 'route' && error !== 'router'
}

/** Of a router that goes through its layers. */
function dispatchIn(passage: Passage, frame: Frame, next: NextFunction): Dispatch {
  let dispatch = frame.dispatch
  if (dispatch === null || !dispatch.goesOn(next)) {
    dispatch = new Dispatch(passage, frame, next)
    frame.dispatch = dispatch
    // what a router's layers get as `next` is `req.next` as well, which `res.format` hands out
    if (passage.req.next === next) passage.req.next = dispatch.next
  }
  return dispatch
}

/**
 * A router or route that goes through its layers with one `next`, as Express has it: one object and one function for all of
 * them. A layer that calls `next` a second time is taken for the one that runs then.
 */
export class Dispatch implements Visit {
  readonly next: NextFunction
  readonly #original: NextFunction
  /** Of the layer that was entered last; null for a mount or a route. */
  span: Span | null = null
  /** What ran when that layer was entered. */
  before: Dispatch | null = null
  outer: Visit | null = null
  onReturn: (() => void) | null = null
  readonly #passage: Passage
  /** The router that goes on after `next()`; null inside a route, which goes on by itself. */
  readonly #frame: Frame | null
  #isLeft = true
  #isSync = false

  constructor(passage: Passage, frame: Frame | null, original: NextFunction) {
    this.#passage = passage
    this.#frame = frame
    this.#original = original
    this.next = (error?: unknown) => {
      if (!this.#isLeft) {
        this.#isLeft = true
        this.#leave(error)
      }
      // the layers that follow are not ours any more
      if (passage.isOver && passage.req.next === this.next) passage.req.next = original
      // a body parser or a database callback may have lost the scope
      if (this.#isSync) original(error)
      else passage.continue(original, error)
    }
  }

  /** Whether the next layer of this one is entered, and not one of another run of the same router. */
  goesOn(next: NextFunction): boolean {
    return this.#isLeft && next === this.#original
  }

  enter(span: Span | null): this {
    this.span = span
    this.#isLeft = false
    this.#isSync = true
    if (span !== null) {
      this.before = this.#passage.running
      this.#passage.running = this
    }
    return this
  }

  returned(): void {
    this.#isSync = false
    if (this.outer !== null) this.outer.returned()
    if (this.onReturn !== null) {
      this.onReturn()
      this.onReturn = null
    }
    if (!this.#isLeft && this.span !== null) this.settle()
  }

  /** Looks whether the layer called a router: the request then has another route. */
  settle(): void {
    if (this.#isLeft) return
    const passage = this.#passage
    const route = passage.req.route
    if (route === undefined || route === passage.route) return
    passage.guard(() => {
      if (!isReached(route, passage)) enterHiddenRoute(passage, passage.req, route)
    })
  }

  #leave(error: unknown): void {
    const passage = this.#passage
    const frame = this.#frame
    try {
      const failed = isFailure(error)
      if (failed) passage.failed(error)
      if (this.span !== null) {
        this.span.end(!failed, failed ? error : undefined)
        passage.stopRunning(this)
      }
      if (frame === null) return
      if (failed) {
        nameUnentered(passage)
      } else {
        passage.frame = frame
        passage.middleware = null
        passage.leaveRoutes(frame.node.rest)
      }
      if (frame.router !== null) watchStack(frame.router, passage, entryOf)
    } catch (fault) {
      passage.fault(fault)
    }
  }
}
