// One request on its way through the routers: at which mount it is, and what it is called by now.
import { type AdapterHost, attachmentOf, type ExchangeAttachment, type HttpExchange } from '@perf-monitor/core/adapter'
import type { Request, Response } from 'express'
import type { Dispatch } from './entries.js'
import type { Route, Router } from './router-shapes.js'
import type { TemplateNode } from './templates.js'
import { nameUnentered } from './unentered.js'

/** A router that the request is in. */
export class Frame {
  /** Null while a mounted app's is not known yet. */
  router: Router | null
  /** Where its mount begins, and `req.baseUrl` there. */
  readonly node: TemplateNode
  readonly baseUrl: string
  readonly parent: Frame | null
  dispatch: Dispatch | null = null

  constructor(router: Router | null, mount: { node: TemplateNode; baseUrl: string; parent: Frame | null }) {
    this.router = router
    this.node = mount.node
    this.baseUrl = mount.baseUrl
    this.parent = mount.parent
  }
}

interface PassageOptions {
  host: AdapterHost
  exchange: HttpExchange
  req: Request
  res: Response
  frame: Frame
  outer: Passage | null
}

/** Layers follow each other without a turn in between, so this is nearly always the one asked for. */
let latest: Passage | null = null

export class Passage implements ExchangeAttachment {
  readonly host: AdapterHost
  readonly exchange: HttpExchange
  readonly req: Request
  readonly res: Response
  /** The innermost router. */
  frame: Frame
  /** The middleware that runs, while it may be a router in disguise: `(req, res, next) => router(req, res, next)`. */
  middleware: TemplateNode | null = null
  middlewareBaseUrl = ''
  /** The route whose handlers ran last, and the template's node. */
  route: Route | null = null
  routeNode: TemplateNode
  routeDispatch: Dispatch | null = null
  /** The handlers that run, the last one first. */
  running: Dispatch | null = null
  /** A handler threw or handed an error on: the 5xx is its, not that of the error handler which answers. */
  hasFailed = false
  /** The response has closed: what goes on is not measured. */
  isOver = false
  /** Another monitor's, which measures the request as well. */
  readonly outer: Passage | null
  #template: string | null = null
  #rest: string | null = null

  constructor(options: PassageOptions) {
    const { host, exchange, req, res, frame, outer } = options
    this.outer = outer
    this.host = host
    this.exchange = exchange
    this.req = req
    this.res = res
    this.frame = frame
    this.routeNode = frame.node
  }

  static of(res: Response): Passage | null {
    if (latest === null || latest.res !== res) latest = attachmentOf(res, Passage)
    return latest
  }

  /** From here on it is found by its response, and told of the answer. */
  attach(): void {
    this.exchange.attach(this)
    latest = this
  }

  answered(): void {
    try {
      this.endHandlers()
    } catch (error) {
      this.fault(error)
    }
  }

  ending(): void {
    if (latest === this) latest = null
    this.isOver = true
    try {
      nameUnentered(this)
      this.endHandlers()
      if (this.#template === null && this.#rest !== null) this.exchange.setRoute(this.#rest)
    } catch (error) {
      this.fault(error)
    }
  }

  enterRoute(route: Route, node: TemplateNode): void {
    this.route = route
    this.routeNode = node
    const template = node.path || '/'
    if (template === this.#template || this.#isAnswered()) return
    this.#template = template
    this.exchange.setRoute(template)
  }

  /** No route has the request: unless one takes it, it is called by the mount it is in (null: by none). */
  leaveRoutes(rest: string | null): void {
    this.#rest = rest
    if (this.#template === null || this.#isAnswered()) return
    this.#template = null
    this.exchange.clearRoute()
  }

  /** One that answers with a 5xx itself failed: so do handlers that catch their errors, as all those of Nest. */
  endHandlers(): void {
    if (this.running === null) return
    const success = this.hasFailed || this.res.statusCode < 500
    this.running.settle()
    for (; this.running !== null; this.running = this.running.before) this.running.span?.end(success)
  }

  failed(error: unknown): void {
    this.hasFailed = true
    this.exchange.fail(error)
  }

  stopRunning(dispatch: Dispatch): void {
    if (this.running === dispatch) {
      this.running = dispatch.before
      return
    }
    // one that it called goes on: dispatches are used again, so a ring would follow if it stayed among them
    for (let each = this.running; each !== null; each = each.before) {
      if (each.before === dispatch) each.before = dispatch.before
    }
  }

  /** Null when the request came into `router` by a way that is not seen. */
  frameOf(router: Router): Frame | null {
    let frame: Frame | null = this.frame
    while (frame !== null && frame.router !== router) frame = frame.parent
    return frame
  }

  /** Calls `next` in the request's async scope; exactly once, whatever fails on the way there. */
  continue(next: (error?: unknown) => void, error?: unknown): void {
    let called = false
    try {
      this.exchange.run(() => {
        called = true
        next(error)
      })
    } catch (fault) {
      if (called) throw fault
      this.fault(fault)
      next(error)
    }
  }

  guard(fn: () => void): void {
    try {
      fn()
    } catch (error) {
      this.fault(error)
    }
  }

  /** A route that answered and called `next()` all the same is the one that answered. */
  #isAnswered(): boolean {
    return this.#template !== null && this.res.headersSent
  }

  fault(error: unknown): void {
    this.host.guard.report('express', error)
  }
}
