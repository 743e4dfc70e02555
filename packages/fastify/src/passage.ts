// One request on its way through hooks and handler.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterHost, ExchangeAttachment, HttpExchange, Operation, Span } from '@perf-monitor/core/adapter'

/** Hooks follow each other without a turn in between, so this is nearly always the one asked for. */
let latest: Passage | null = null

export class Passage implements ExchangeAttachment {
  readonly exchange: HttpExchange
  readonly #host: AdapterHost
  readonly #res: ServerResponse
  #spans: Span[] = []
  #isInside = false

  private constructor(host: AdapterHost, exchange: HttpExchange, res: ServerResponse) {
    this.exchange = exchange
    this.#host = host
    this.#res = res
  }

  /** `null` when the request is not measured. */
  static begin(host: AdapterHost, req: IncomingMessage, res: ServerResponse): Passage | null {
    const exchange = host.begin(req, res)
    if (exchange === null) return null
    try {
      const passage = new Passage(host, exchange, res)
      exchange.attach(passage)
      latest = passage
      return passage
    } catch (error) {
      host.guard.report('fastify', error)
      return null
    }
  }

  static of(host: AdapterHost, res: ServerResponse): Passage | null {
    if (latest !== null && latest.#res === res && latest.#host === host) return latest
    const attachment = host.current(res)?.attachment
    if (!(attachment instanceof Passage)) return null
    latest = attachment
    return attachment
  }

  /** Null when our part fails: the hook or handler runs all the same. */
  beginHandler(operation: Operation): Span | null {
    try {
      const span = this.exchange.beginHandler(operation)
      this.#spans.push(span)
      return span
    } catch (error) {
      this.#host.guard.report('fastify', error)
      return null
    }
  }

  /** `error` is why it failed. */
  endHandler(span: Span, success: boolean, error?: unknown): void {
    try {
      span.end(success, error)
    } catch (fault) {
      this.#host.guard.report('fastify', fault)
    }
  }

  /** Runs `fn` in the request's async scope, which a body parser or a hook's callback may have lost; exactly once. */
  enter<T>(fn: () => T): T {
    if (this.#isInside) return fn()
    let called = false
    this.#isInside = true
    try {
      return this.exchange.run(() => {
        called = true
        return fn()
      })
    } catch (error) {
      if (called) throw error
      this.#host.guard.report('fastify', error)
      return fn()
    } finally {
      this.#isInside = false
    }
  }

  /** A handler is done when its answer is, not when a slow client has taken it. With a 5xx it failed. */
  answered(): void {
    if (this.#spans.length === 0) return
    const success = this.#res.statusCode < 500
    for (const span of this.#spans) this.endHandler(span, success)
    this.#spans = []
  }

  ending(): void {
    if (latest === this) latest = null
    this.answered()
  }
}
