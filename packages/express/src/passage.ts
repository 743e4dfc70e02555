// One request on its way through the routers: at which mount it is, and what it is called by now.
import { type AdapterHost, attachmentOf, type HttpExchange, type Span } from '@perf-monitor/core/adapter'
import type { NextFunction, Response } from 'express'
import type { Route, Router } from './router-shapes.js'
import type { TemplateNode } from './templates.js'

/** Where a mount begins. */
export interface Place {
  readonly node: TemplateNode
  /** `req.baseUrl` there. */
  readonly baseUrl: string
}

/** A router that the request is in. */
export interface Frame extends Place {
  /** Null while a mounted app's is not known yet. */
  router: Router | null
  readonly parent: Frame | null
}

/** A handler that has not ended. */
export interface Running {
  readonly span: Span | null
  readonly before: Running | null
  /** Looks whether it called a router: the request then has another route. */
  settle(): void
}

interface PassageOptions {
  host: AdapterHost
  exchange: HttpExchange
  res: Response
  frame: Frame
  outer: Passage | null
}

export class Passage {
  readonly host: AdapterHost
  readonly exchange: HttpExchange
  readonly res: Response
  /** The innermost router. */
  frame: Frame
  /** The middleware that runs, while it may be a router in disguise: `(req, res, next) => router(req, res, next)`. */
  middleware: Place | null = null
  /** The route whose handlers ran last, and the template's node. */
  route: Route | null = null
  routeNode: TemplateNode
  /** The handlers that run, the last one first. */
  running: Running | null = null
  /** Of the last router-level layer: its `next`, and the router's for which that stands as `req.next`. */
  standIn: { readonly next: NextFunction; readonly original: NextFunction } | null = null
  /** A handler threw or handed an error on: the 5xx is its, not that of the error handler which answers. */
  hasFailed = false
  /** Another monitor's, which measures the request as well. */
  readonly outer: Passage | null
  #template: string | null = null
  #rest: string | null = null

  constructor(options: PassageOptions) {
    const { host, exchange, res, frame, outer } = options
    this.outer = outer
    this.host = host
    this.exchange = exchange
    this.res = res
    this.frame = frame
    this.routeNode = frame.node
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

  end(): void {
    this.endHandlers()
    if (this.#template === null && this.#rest !== null) this.exchange.setRoute(this.#rest)
  }

  /** One that answers with a 5xx itself failed: so do handlers that catch their errors, as all those of Nest. */
  endHandlers(): void {
    const success = this.hasFailed || this.res.statusCode < 500
    this.running?.settle()
    for (; this.running !== null; this.running = this.running.before) this.running.span?.end(success)
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

  static of(res: Response): Passage | null {
    return attachmentOf(res, Passage)
  }
}
