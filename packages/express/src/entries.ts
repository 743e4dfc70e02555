// What happens when a request comes to a layer: a middleware, a route, a route's handler, a mounted router or app.
import type { Operation, Span } from '@perf-monitor/core/adapter'
import type { NextFunction, Request } from 'express'
import { middlewareName, routeHandlerName } from './handler-names.js'
import { onceAppChanges } from './mounted-app.js'
import type { Frame, Passage, Running } from './passage.js'
import { mountPattern, type Pattern, routePattern } from './patterns.js'
import { type App, type Layer, pathOfUrl, type Route, type Router, routerOfApp } from './router-shapes.js'
import { type Enter, type Visit, watchStack } from './shadows.js'
import type { TemplateNode } from './templates.js'

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
  if (frame.router === null) return
  watchRouter(frame.router, passage)
}

/** The response ended: so did what still ran. Comes before the exchange's own end, which takes the name as final. */
export function closePassage(passage: Passage, req: Request): void {
  nameUnentered(passage, req)
  passage.end()
}

function watchRouter(router: Router, passage: Passage): void {
  watchStack(router.stack, passage, (layer) => entryOf(layer, router))
}

function watchRoute(route: Route, passage: Passage): void {
  watchStack(route.stack, passage, (layer) => handlerEntry(layer, route))
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
  return ({ passage, req, next, failed }) => {
    const frame = arrive(passage, router)
    const node = mountNode(pattern, frame, req)
    // with an error on its way the request keeps the name of what failed
    if (!failed) passage.leaveRoutes(node.rest)
    passage.middleware = { node, baseUrl: req.baseUrl }
    const operation =
      node.operations.get(layer) ?? keep(passage, node, layer, middlewareName(node.path || '/', layer, router))
    return new LayerVisit({ passage, req, frame, span: passage.exchange.beginHandler(operation), next })
  }
}

function routeEntry(layer: Layer, route: Route, router: Router): Enter {
  const pattern = routePattern(route, layer, router)
  return ({ passage, req, next }) => {
    const frame = arrive(passage, router)
    passage.enterRoute(route, routeNode(pattern, frame.node, req))
    watchRoute(route, passage)
    return new LayerVisit({ passage, req, frame, span: null, next })
  }
}

function handlerEntry(layer: Layer, route: Route): Enter {
  return ({ passage, req, next }) => {
    if (passage.route !== route) enterHiddenRoute(passage, req, route)
    const node = passage.routeNode
    const operation =
      node.operations.get(layer) ?? keep(passage, node, layer, routeHandlerName(node.path || '/', layer, route))
    return new LayerVisit({ passage, req, frame: null, span: passage.exchange.beginHandler(operation), next })
  }
}

function mountEntry(layer: Layer, router: Router, target: () => Router | null): Enter {
  const pattern = mountPattern(layer)
  return ({ passage, req, next }) => {
    const parent = arrive(passage, router)
    const node = mountNode(pattern, parent, req)
    enterFrame(passage, { router: target(), node, baseUrl: req.baseUrl, parent })
    return new LayerVisit({ passage, req, frame: parent, span: null, next })
  }
}

function mountedAppEntry(layer: Layer, router: Router): Enter {
  const pattern = mountPattern(layer)
  let app: App | null = null
  return ({ passage, req, res, next }) => {
    const parent = arrive(passage, router)
    const node = mountNode(pattern, parent, req)
    const frame: Frame = { router: app && routerOfApp(app), node, baseUrl: req.baseUrl, parent }
    enterFrame(passage, frame)
    const visit = new LayerVisit({ passage, req, frame: parent, span: null, next })
    if (app === null) {
      visit.onReturn = onceAppChanges(req, res, (mounted) => {
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

/** The request is at a layer of `router`: whatever it tried deeper inside is over. */
function arrive(passage: Passage, router: Router): Frame {
  let frame = passage.frameOf(router)
  if (frame === null) {
    const { node, baseUrl } = passage.middleware ?? passage.frame
    frame = { router, node, baseUrl, parent: passage.frame }
  }
  passage.frame = frame
  return frame
}

function mountNode(pattern: Pattern, frame: Frame, req: Request): TemplateNode {
  if (typeof pattern === 'string') return frame.node.child(pattern)
  return frame.node.child(pattern(req.baseUrl.slice(frame.baseUrl.length) || '/'))
}

function routeNode(pattern: Pattern, node: TemplateNode, req: Request): TemplateNode {
  return node.child(typeof pattern === 'string' ? pattern : pattern(pathOfUrl(req.url)))
}

function keep(passage: Passage, node: TemplateNode, layer: Layer, name: string): Operation {
  const operation = passage.host.handlerOperation(name)
  node.operations.set(layer, operation)
  return operation
}

/** A route's handlers run in a router that a function hides: the path is known, mounts inside the function are not. */
function enterHiddenRoute(passage: Passage, req: Request, route: Route): void {
  const { node, baseUrl } = passage.middleware ?? passage.frame
  const place = req.baseUrl === baseUrl ? node : node.child('/*')
  watchRoute(route, passage)
  passage.enterRoute(route, routeNode(routePattern(route), place, req))
}

/** A route was matched, but its handlers never ran: a `router.param` callback rejected the request. */
function nameUnentered(passage: Passage, req: Request): void {
  const route = req.route as Route | undefined
  if (route === undefined || route === passage.route) return
  for (let frame: Frame | null = passage.frame; frame !== null; frame = frame.parent) {
    const layer = frame.router?.stack.find((candidate) => candidate.route === route)
    if (layer === undefined) continue
    passage.enterRoute(route, routeNode(routePattern(route, layer, frame.router), frame.node, req))
    return
  }
}

/** `route` and `router` leave a route or router; they are no errors. */
function isFailure(error: unknown): boolean {
  return Boolean(error) && error !== 'route' && error !== 'router'
}

/**
 * What a router's layers get as `next` is `req.next` as well, which `res.format` hands out. A layer that calls `next`
 * twice leaves the one of a later layer there.
 */
function isNextOfRequest({ passage, req, next }: { passage: Passage; req: Request; next: NextFunction }): boolean {
  const { standIn } = passage
  return req.next === next || (standIn?.original === next && req.next === standIn.next)
}

class LayerVisit implements Visit, Running {
  readonly next: NextFunction
  readonly span: Span | null
  readonly before: Running | null
  outer: Visit | null = null
  onReturn: (() => void) | null = null
  readonly #passage: Passage
  readonly #req: Request
  /** The router that goes on after `next()`; null inside a route, which goes on by itself. */
  readonly #frame: Frame | null
  readonly #routeBefore: unknown
  #isLeft = false
  #isSync = true

  constructor(options: {
    passage: Passage
    req: Request
    frame: Frame | null
    span: Span | null
    next: NextFunction
  }) {
    this.#passage = options.passage
    this.#req = options.req
    this.#frame = options.frame
    this.span = options.span
    this.before = options.passage.running
    if (options.span !== null) options.passage.running = this
    this.#routeBefore = options.req.route
    const { next } = options
    this.next = (error?: unknown) => {
      if (options.req.next === this.next) options.req.next = next
      if (!this.#isLeft) {
        this.#isLeft = true
        this.#leave(error)
      }
      // a body parser or a database callback may have lost the scope
      if (this.#isSync) next(error)
      else this.#passage.continue(next, error)
    }
    if (isNextOfRequest(options)) {
      options.req.next = this.next
      options.passage.standIn = { next: this.next, original: next }
    }
  }

  returned(): void {
    this.#isSync = false
    this.outer?.returned()
    this.onReturn?.()
    this.settle()
  }

  settle(): void {
    if (this.#isLeft || this.span === null) return
    const route = this.#req.route
    if (route === undefined || route === this.#routeBefore || route === this.#passage.route) return
    this.#passage.guard(() => enterHiddenRoute(this.#passage, this.#req, route))
  }

  #leave(error: unknown): void {
    const passage = this.#passage
    const frame = this.#frame
    try {
      const failed = isFailure(error)
      if (failed) passage.hasFailed = true
      this.span?.end(!failed)
      if (passage.running === this) passage.running = this.before
      if (frame === null) return
      if (isFailure(error)) {
        nameUnentered(passage, this.#req)
      } else {
        passage.frame = frame
        passage.middleware = null
        passage.leaveRoutes(frame.node.rest)
      }
      if (frame.router !== null) watchRouter(frame.router, passage)
    } catch (fault) {
      passage.fault(fault)
    }
  }
}
