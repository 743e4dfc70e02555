import type { AdapterHost, HttpExchange, Span } from '@perf-monitor/core/adapter'
import type { Next } from 'koa'
import {
  announceMatches,
  matchedTemplate,
  mountPathOf,
  OBSERVER,
  type Observer,
  type RoutedContext,
} from './matched-route.js'

const NOT_FOUND = 404

export class MeasuredRequest implements Observer {
  readonly outer: Observer | undefined
  readonly #host: AdapterHost
  readonly #exchange: HttpExchange
  readonly #ctx: RoutedContext
  /** From the match on: the route's middleware and handler. */
  #handler: Span | null = null
  #mountPath = ''

  constructor(host: AdapterHost, exchange: HttpExchange, ctx: RoutedContext) {
    this.#host = host
    this.#exchange = exchange
    this.#ctx = ctx
    this.outer = this.#ctx[OBSERVER]
  }

  async watch(next: Next): Promise<void> {
    this.#guard(() => {
      const ctx = this.#ctx
      if (!('_matchedRoute' in ctx)) announceMatches(ctx.app)
      ctx[OBSERVER] = this
      // before the exchange's own listener; the error handler of Koa runs after ours, so the status is known only now
      ctx.res.prependListener('close', () => this.#guard(() => this.#settleRoute()))
    })
    try {
      await next()
    } catch (error) {
      this.#guard(() => {
        this.#exchange.fail(error)
        this.#handler?.end(false, error)
      })
      throw error
    }
    this.#guard(() => this.#handler?.end())
  }

  matched(): void {
    this.#guard(() => this.#enterRoute())
  }

  #enterRoute(): void {
    this.#mountPath = mountPathOf(this.#ctx)
    const template = this.#template()
    if (template === null) return
    this.#exchange.setRoute(template)
    this.#handler = this.#exchange.beginHandler(this.#host.handlerOperation(`${this.#ctx.method} ${template}`))
  }

  #settleRoute(): void {
    const { routeMatched, res } = this.#ctx
    const template = this.#template()
    // a handler that called next(), and the router after it has no route either
    const isLost = routeMatched === false && res.statusCode === NOT_FOUND
    if (template === null || isLost) this.#exchange.clearRoute()
    else this.#exchange.setRoute(template)
  }

  #template(): string | null {
    const template = matchedTemplate(this.#ctx)
    return template === null ? null : this.#mountPath + template
  }

  #guard(fn: () => void): void {
    this.#host.guard.run('koa', fn, undefined)
  }
}
