// One request on its way through hooks and handler.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterHost, HttpExchange, Operation, Span } from '@perf-monitor/core/adapter'

export class Passage {
  readonly host: AdapterHost
  readonly exchange: HttpExchange
  readonly #spans: Span[] = []
  #isInside = false

  private constructor(host: AdapterHost, exchange: HttpExchange) {
    this.host = host
    this.exchange = exchange
  }

  /** `null` when the request is not measured. */
  static begin(host: AdapterHost, req: IncomingMessage, res: ServerResponse): Passage | null {
    const exchange = host.begin(req, res)
    if (exchange === null) return null
    return host.guard.run(
      'fastify',
      () => {
        const passage = new Passage(host, exchange)
        exchange.attachment = passage
        const end = () => passage.#end(res.statusCode < 500)
        exchange.onEnd = end
        // a handler is done when its answer is, not when a slow client has taken it
        res.on('prefinish', end)
        return passage
      },
      null,
    )
  }

  static of(host: AdapterHost, res: ServerResponse): Passage | null {
    const attachment = host.current(res)?.attachment
    return attachment instanceof Passage ? attachment : null
  }

  beginHandler(operation: Operation): Span {
    const span = this.exchange.beginHandler(operation)
    this.#spans.push(span)
    return span
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
      this.host.guard.report('fastify', error)
      return fn()
    } finally {
      this.#isInside = false
    }
  }

  /** The response ended: what still ran did so too; with a 5xx it failed. */
  #end(success: boolean): void {
    this.host.guard.run(
      'fastify',
      () => {
        for (const span of this.#spans) span.end(success)
      },
      undefined,
    )
  }
}
