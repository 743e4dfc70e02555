// One HTTP request and its response, observed from outside: arrival, first byte, last byte or the client's leaving.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Outcome } from '../types/window.js'
import type { Operation } from './operation.js'
import { HandlerSpan, Span } from './span.js'
import type { Tracker } from './tracker.js'

/** Shown for a client that left before the answer was complete (nginx' code). */
export const CLIENT_CLOSED_REQUEST = 499

const SSE_HEADER = /^content-type:[ \t]*(?:text\/event-stream|multipart\/x-mixed-replace)/im
const WAIT_PREFERENCE = /(?:^|[,;])\s*wait\s*=/i // RFC 7240 section 4.3: the client asks to be kept waiting

const EXCHANGE = Symbol('perf-monitor exchange')
const SOCKET_BYTES = Symbol('perf-monitor bytes')

// `_send` is where Node hands the first bytes of a response on, whichever of write, end or flushHeaders caused it.
// It is internal, but older than any supported Node; where it is missing (HTTP/2) `writeHead` sends at once.
interface ObservedResponse extends ServerResponse {
  [EXCHANGE]?: HttpExchange
  _send?: Send
  _header?: string | null
}
type Send = (this: ServerResponse, data: unknown, encoding: unknown, callback: unknown, byteLength: unknown) => unknown

interface ObservedSocket extends Socket {
  [SOCKET_BYTES]?: number
}

export class HttpExchange extends Span {
  /** The response's own methods, which ours stand before until the first byte. */
  readonly send: Send | undefined
  readonly writeHead: ServerResponse['writeHead']
  /** Called once when the response has closed, before the exchange is recorded: the last moment to name its route. */
  onEnd: (() => void) | null = null
  readonly #req: IncomingMessage
  readonly #res: ObservedResponse
  readonly #method: string
  readonly #socketBytes: number
  readonly #outer: HttpExchange | null
  #operation: Operation | null = null
  #firstByteMs: number | null = null
  #stream: boolean
  #children: { child: Operation; calls: number; durationMs: number }[] | null = null

  constructor(tracker: Tracker, req: IncomingMessage, res: ServerResponse, startMs: number) {
    super(tracker, startMs)
    this.#req = req
    this.#res = res
    this.#method = tracker.methodName(req.method)
    this.#socketBytes = bytesWritten(req.socket)
    this.#stream = isHeldOpen(tracker, req)
    tracker.activeRequests++
    const observed = res as ObservedResponse
    this.#outer = observed[EXCHANGE] ?? null
    observed[EXCHANGE] = this
    this.send = this.#outer === null ? observed._send : this.#outer.send
    this.writeHead = this.#outer === null ? res.writeHead : this.#outer.writeHead
    if (this.#outer !== null) return // another monitor measures this response too: its observers tell us as well
    if (typeof this.send === 'function') observed._send = observedSend
    else observed.writeHead = observedWriteHead as ServerResponse['writeHead']
    observed.on('close', observedClose)
  }

  /** The exchange that a monitor's tracker began for a response, `null` when it measures none. */
  static of(res: ServerResponse, tracker: Tracker): HttpExchange | null {
    let exchange = (res as ObservedResponse)[EXCHANGE] ?? null
    while (exchange !== null && exchange.tracker !== tracker) exchange = exchange.#outer
    return exchange
  }

  /** Calls `observe` for this exchange and those of other monitors; what fails is contained. */
  forAll(observe: (exchange: HttpExchange) => void): void {
    for (let exchange: HttpExchange | null = this; exchange !== null; exchange = exchange.#outer) {
      try {
        observe(exchange)
      } catch (error) {
        exchange.tracker.reportFault('http exchange', error)
      }
    }
  }

  /** The operation becomes `METHOD template`; the last one wins. */
  setRoute(template: string): void {
    if (!this.ended) this.#setOperation(this.tracker.httpOperation(this.#method, template))
  }

  /** Back to `METHOD (unmatched)`. */
  clearRoute(): void {
    if (!this.ended) this.#setOperation(null)
  }

  override get running(): { component: string; operation: string } {
    return this.#operation ?? { component: 'http', operation: `${this.#method} (unmatched)` }
  }

  get isStream(): boolean {
    return this.#stream
  }

  /** Runs `fn` in the request's async scope: what begins in it finds this request as its parent. */
  run<T>(fn: () => T): T {
    return this.tracker.runIn(this, fn)
  }

  /** Times a handler; until it ends, what begins in this request is its child as well. */
  beginHandler(operation: Operation): HandlerSpan {
    return new HandlerSpan(this.tracker, operation, this, this.tracker.nowMs())
  }

  handlerEnded(operation: Operation, durationMs: number): void {
    this.addChild(operation, durationMs)
  }

  /** The route may still change, so children are kept until the end. */
  protected override addChild(child: Operation, durationMs: number): void {
    if (this.ended) {
      if (!this.#stream) this.#operation?.addChild(child, 1, durationMs)
      return
    }
    this.#children ??= []
    for (const known of this.#children) {
      if (known.child === child) {
        known.calls++
        known.durationMs += durationMs
        return
      }
    }
    if (this.#children.length < this.tracker.limits.maxChildrenPerOperation) {
      this.#children.push({ child, calls: 1, durationMs })
    } else {
      this.tracker.rejectedChildren++
    }
  }

  firstByte(): void {
    if (this.#firstByteMs !== null) return
    this.#firstByteMs = this.tracker.nowMs()
    const header = this.#res._header
    if (!this.#stream && typeof header === 'string' && SSE_HEADER.test(header)) this.#becomeStream()
    else if (!this.#stream && this.#res.statusCode === 101) this.#becomeStream()
  }

  firstByteOverHttp2(): void {
    if (this.#firstByteMs !== null) return
    this.#firstByteMs = this.tracker.nowMs()
    const type = this.#res.getHeader('content-type')
    if (!this.#stream && SSE_HEADER.test(`content-type: ${type}`)) this.#becomeStream()
  }

  close(): void {
    if (this.ended) return
    this.onEnd?.()
    const tracker = this.tracker
    const nowMs = tracker.nowMs()
    const durationMs = nowMs - this.startMs
    const operation = this.#operation ?? tracker.httpOperation(this.#method, null)
    const coveredMs = this.finishCovering(nowMs)
    this.ended = true
    tracker.activeRequests--
    this.#leave()
    this.#operation = operation
    if (this.#stream) {
      operation.recordStream(durationMs)
      return
    }
    const outcome = outcomeOf(this.#req, this.#res)
    const status = outcome === 'aborted' ? CLIENT_CLOSED_REQUEST : this.#res.statusCode
    const firstByteMs = this.#firstByteMs === null ? null : this.#firstByteMs - this.startMs
    operation.recordHttp(durationMs, outcome, status, firstByteMs, this.#responseBytes())
    if (coveredMs > 0) operation.addCovered(coveredMs)
    for (const { child, calls, durationMs: childMs } of this.#children ?? []) operation.addChild(child, calls, childMs)
    this.#children = null
  }

  #becomeStream(): void {
    this.#stream = true
    const http = this.#operation?.http
    if (http) http.activeStreams++
  }

  #setOperation(operation: Operation | null): void {
    if (operation === this.#operation) return
    this.#leave()
    this.#operation = operation
    if (operation === null) return
    operation.active++
    if (this.#stream && operation.http !== null) operation.http.activeStreams++
  }

  #leave(): void {
    const operation = this.#operation
    if (operation === null) return
    operation.active--
    if (this.#stream && operation.http !== null) operation.http.activeStreams--
  }

  /**
   * Responses on one connection follow each other, so what was written since the last one ended is this one's, even when
   * requests are pipelined. HTTP/2 multiplexes: not measurable here.
   */
  #responseBytes(): number | null {
    const socket = this.#req.socket as ObservedSocket | null
    if (this.#req.httpVersionMajor >= 2 || !socket) return null
    const written = bytesWritten(socket)
    const before = Math.max(this.#socketBytes, socket[SOCKET_BYTES] ?? 0)
    socket[SOCKET_BYTES] = written
    return Math.max(0, written - before)
  }
}

function observedSend(
  this: ObservedResponse,
  data: unknown,
  encoding: unknown,
  callback: unknown,
  byteLength: unknown,
) {
  const exchange = this[EXCHANGE] as HttpExchange
  const send = exchange.send as Send
  // once is enough: what follows the first byte goes straight to Node, unless someone wrapped us meanwhile
  if (this._send === observedSend) this._send = send
  exchange.forAll(firstByteOf)
  return send.call(this, data, encoding, callback, byteLength)
}

function observedWriteHead(this: ObservedResponse, ...args: unknown[]): unknown {
  const exchange = this[EXCHANGE] as HttpExchange
  if (this.writeHead === observedWriteHead) this.writeHead = exchange.writeHead
  const result = Reflect.apply(exchange.writeHead, this, args)
  exchange.forAll(firstByteOverHttp2Of)
  return result
}

function observedClose(this: ObservedResponse): void {
  this[EXCHANGE]?.forAll(closeOf)
}

const firstByteOf = (exchange: HttpExchange) => exchange.firstByte()
const firstByteOverHttp2Of = (exchange: HttpExchange) => exchange.firstByteOverHttp2()
const closeOf = (exchange: HttpExchange) => exchange.close()

const CONNECTION_ERRORS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])

/** A response that was not finished: the client left, or the server broke it off (an error after the headers). */
function outcomeOf(req: IncomingMessage, res: ServerResponse): Outcome {
  // `writableFinished` is also true of a response that was ended on a connection already gone, or after it was destroyed:
  // one that really went out gave its socket back before it closed
  const isSent = res.writableFinished && res.errored == null && res.socket?.destroyed !== true
  if (isSent) return res.statusCode >= 500 ? 'failure' : 'success'
  const socket = req.socket as Socket | null
  const error = (res.errored ?? socket?.errored ?? null) as NodeJS.ErrnoException | null
  if (error !== null) return CONNECTION_ERRORS.has(error.code ?? '') ? 'aborted' : 'failure'
  // without an error: the client ended its side first, or the server destroyed the connection
  return socket === null || socket.readableEnded ? 'aborted' : 'failure'
}

function isHeldOpen(tracker: Tracker, req: IncomingMessage): boolean {
  const prefer = req.headers.prefer
  if (prefer !== undefined && WAIT_PREFERENCE.test(String(prefer))) return true
  return tracker.isLongLived?.(req) === true
}

function bytesWritten(socket: Socket | null | undefined): number {
  return socket?.bytesWritten ?? 0
}
