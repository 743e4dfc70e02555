// One HTTP request and its response, observed from outside: arrival, first byte, last byte or the client's leaving.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Outcome } from '../types/window.js'
import { Answer } from './answers.js'
import {
  type Connection,
  isUpgraded,
  isUpgrading,
  type ObservedExchange,
  type ObservedResponse,
  observe,
  observeAnswer,
  observedBy,
} from './observation.js'
import type { Operation } from './operation.js'
import { HandlerSpan, Span, type SpanLog } from './span.js'
import { traceparentOf } from './trace-context.js'
import type { Tracker } from './tracker.js'
import { addWait, noWaits, type WaitKind, type WaitSums } from './waits.js'

/** Shown for a client that left before the answer was complete (nginx' code). */
export const CLIENT_CLOSED_REQUEST = 499

const HTTP2_CANCEL = 8 // RFC 9113 section 7: `node:http2` is not loaded for one number
const MIN_UPLOAD_BYTES = 65_536 // what is smaller comes in one piece with its head, or nearly so
const MIN_REPEAT_MS = 10 // what is quicker needs no cache

const HEAD_OF_STREAM = /^content-type:[ \t]*(?:text\/event-stream|multipart\/x-mixed-replace)/im
const STATUS_INDEX = 'HTTP/1.1 '.length
const WAIT_PREFERENCE = /(?:^|[,;])\s*wait\s*=/i // RFC 7240 section 4.3: the client asks to be kept waiting
const TYPE_OF_STREAM = /^(?:text\/event-stream|multipart\/x-mixed-replace)/i

/** What an adapter keeps for a request: nothing is put on the request or the response, see `observation.ts`. */
export interface ExchangeAttachment {
  /** The app has handed over its last byte. */
  answered(): void
  /** The response has closed and the exchange is about to be recorded: the last moment to name its route. */
  ending(): void
}

export class HttpExchange extends Span implements ObservedExchange {
  response: ServerResponse | null
  #req: IncomingMessage | null
  #attachment: ExchangeAttachment | null = null
  readonly #method: string
  readonly #connection: Connection | null
  readonly #begunAtBytes: number
  #operation: Operation | null = null
  /** When the last byte of an upload was read; `null` for other requests, and until then. */
  #arrivedMs: number | null = null
  #firstByteMs: number | null = null
  #stream: boolean
  #children: { child: Operation; calls: number; durationMs: number }[] | null = null
  #waits: WaitSums | null = null
  #error: unknown = undefined
  #answer: Answer | null = null

  constructor(tracker: Tracker, req: IncomingMessage, res: ServerResponse, startMs: number) {
    super(tracker, startMs)
    this.#req = req
    this.response = res
    this.#method = tracker.methodName(req.method)
    this.#stream = isHeldOpen(tracker, req) || isUpgraded(req)
    tracker.activeRequests++
    this.#connection = observe(this, req)
    this.#begunAtBytes = this.#connection?.bytes ?? 0
    if (isUpload(this.#method, req)) req.once('end', () => this.#arrived())
  }

  /** The exchange that a monitor's tracker began for a response, `null` when it measures none. */
  static of(res: ServerResponse, tracker: Tracker): HttpExchange | null {
    return observedBy(res, (exchange) => (exchange as HttpExchange).tracker === tracker) as HttpExchange | null
  }

  /** What an adapter attached to the exchange it began last for a response: of that type, or `null`. */
  static attachmentOf<T>(res: ServerResponse, type: abstract new (...args: never[]) => T): T | null {
    const exchange = observedBy(res, (each) => (each as HttpExchange).#attachment instanceof type)
    return exchange === null ? null : ((exchange as HttpExchange).#attachment as T)
  }

  get attachment(): ExchangeAttachment | null {
    return this.#attachment
  }

  attach(attachment: ExchangeAttachment): void {
    this.#attachment = attachment
    observeAnswer(this)
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

  override get caller(): Operation | null {
    return this.#operation
  }

  /** What is held open may be so for days, and is no trace. */
  override openLog(): SpanLog {
    const log = super.openLog()
    if (this.#stream) log.close()
    return log
  }

  get isStream(): boolean {
    return this.#stream
  }

  /** Why the request fails, should its answer be a failure. The first one counts: what follows is made of it. */
  fail(error: unknown): void {
    this.#error ??= error
  }

  get error(): unknown {
    return this.#error
  }

  /** Of a safe request that took its time. */
  get answer(): Answer | null {
    return this.#answer
  }

  /** As the client sent it, or as another tracer knows this request. */
  get traceparent(): string | string[] | undefined {
    const { foreign } = this.tracker
    const traced = foreign === null ? null : foreign.traceOf(this)
    return traced === null ? this.#req?.headers.traceparent : traceparentOf(traced)
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

  /** As children: the route may still change. */
  override addWait(kind: WaitKind, durationMs: number): void {
    if (this.ended) {
      if (!this.#stream) this.#operation?.addWait(kind, durationMs)
      return
    }
    this.#waits ??= noWaits()
    addWait(this.#waits, kind, durationMs)
  }

  /** Told of every write; without data where it is not known what is written. */
  written(data?: unknown): void {
    if (this.#firstByteMs === null) this.#firstByte()
    if (this.#answer !== null) this.#answer.written(data)
  }

  upgraded(): void {
    if (!this.#stream) this.#becomeStream()
  }

  #firstByte(): void {
    this.#firstByteMs = this.tracker.nowMs()
    const response = this.response as ObservedResponse
    const head = response._header
    if (!this.#stream && typeof head === 'string' && HEAD_OF_STREAM.test(head)) this.#becomeStream()
    else if (!this.#stream && isUpgrade(response, head)) this.#becomeStream()
    if (this.#stream || this.tracker.captures === null || this.#firstByteMs - this.startMs < MIN_REPEAT_MS) return
    const isSafe = this.#method === 'GET' || this.#method === 'HEAD'
    if (isSafe && this.#connection !== null && typeof head === 'string') {
      this.#answer = new Answer(this.#req as IncomingMessage, head)
    }
  }

  firstByteOverHttp2(): void {
    if (this.#firstByteMs !== null) return
    this.#firstByteMs = this.tracker.nowMs()
    const type = String(this.response?.getHeader('content-type') ?? '')
    if (!this.#stream && TYPE_OF_STREAM.test(type)) this.#becomeStream()
  }

  answered(): void {
    this.#attachment?.answered()
  }

  close(): void {
    const req = this.#req
    const response = this.response
    if (this.ended || req === null || response === null) return
    this.#attachment?.ending()
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
      this.log?.close()
      return
    }
    const isStarted = this.#firstByteMs !== null
    // it gives its socket back when its last byte was taken: the usual case, told by two own properties
    const isSent = isStarted && this.#connection !== null && response.socket === null && response.finished
    const outcome = isSent ? outcomeOfAnswer(response) : outcomeOf(req, response, this.#connection !== null)
    const hasStatus = isStarted || response.headersSent
    const status = outcome === 'aborted' ? CLIENT_CLOSED_REQUEST : hasStatus ? response.statusCode : null
    const firstByteMs = this.#firstByteMs === null ? null : this.#firstByteMs - (this.#arrivedMs ?? this.startMs)
    const bytes = this.#connection === null ? null : this.#connection.bytesOf(this.#begunAtBytes) // HTTP/2 multiplexes
    operation.recordHttp(durationMs, outcome, status, firstByteMs, bytes)
    if (coveredMs > 0) operation.addCovered(coveredMs)
    for (const { child, calls, durationMs: childMs } of this.#children ?? []) operation.addChild(child, calls, childMs)
    this.#children = null
    if (this.#waits !== null) {
      operation.addWait('pool', this.#waits.poolMs)
      operation.addWait('socket', this.#waits.socketMs)
    }
    tracker.captures?.exchangeEnded(this, { operation, durationMs, nowMs, outcome, statusCode: status })
  }

  /** What is answered before (refused by its head) was not waited for. */
  #arrived(): void {
    if (this.#firstByteMs === null) this.#arrivedMs = this.tracker.nowMs()
  }

  #becomeStream(): void {
    this.#stream = true
    this.log?.close()
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

  /** Timers and promises of the request keep its scope, and so the exchange, for longer than the request lasts. */
  release(): void {
    this.#req = null
    this.response = null
    this.#attachment = null
    this.#answer = null
    this.handler = null
  }

  fault(error: unknown): void {
    this.tracker.reportFault('http exchange', error)
  }
}

/** Takes the client's time to send: from then on it waits for the app. */
function isUpload(method: string, req: IncomingMessage): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  const { 'content-length': length, 'transfer-encoding': encoding } = req.headers
  return encoding !== undefined || Number(length) > MIN_UPLOAD_BYTES
}

const CONNECTION_ERRORS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])

/** The status is read from the head where there is one: see `outcomeOf`. */
function isUpgrade(response: ServerResponse, head: unknown): boolean {
  return typeof head === 'string' ? head.startsWith('101 ', STATUS_INDEX) : response.statusCode === 101
}

function outcomeOfAnswer(res: ServerResponse): Outcome {
  return res.statusCode >= 500 ? 'failure' : 'success'
}

/**
 * A response that was not finished: the client left, or the server broke it off (an error after the headers). Whatever is read
 * of Express' `req` and `res` first costs Node 20 up to 0.5 us each: what is not needed is not read.
 */
function outcomeOf(req: IncomingMessage, res: ServerResponse, isConnected: boolean): Outcome {
  if (!isConnected && req.httpVersionMajor >= 2) {
    const { stream } = req as { stream?: { aborted?: boolean; rstCode?: number } }
    if (stream?.rstCode) return stream.aborted || stream.rstCode === HTTP2_CANCEL ? 'aborted' : 'failure'
  }
  // `writableFinished` is also true of a response that was ended on a connection already gone, or after it was destroyed:
  // one that really went out gave its socket back before it closed. A made-up response closes before its bytes are taken.
  const isSent = isConnected
    ? res.writableFinished && (res.socket?.destroyed !== true || isUpgrading(req))
    : res.writableEnded
  const ownError = res.errored
  if (isSent && ownError == null) return outcomeOfAnswer(res)
  const socket = req.socket as Socket | null
  const error = (ownError ?? socket?.errored ?? null) as NodeJS.ErrnoException | null
  if (error !== null) return isOfTheClient(error.code ?? '') ? 'aborted' : 'failure'
  // without an error: the client ended its side first, or the server destroyed the connection
  return socket === null || socket.readableEnded ? 'aborted' : 'failure'
}

/** The connection broke, or what came over it was no HTTP (an upload that ended early is reported so). */
function isOfTheClient(code: string): boolean {
  return CONNECTION_ERRORS.has(code) || code.startsWith('HPE_')
}

function isHeldOpen(tracker: Tracker, req: IncomingMessage): boolean {
  const prefer = req.headers.prefer
  if (prefer !== undefined && WAIT_PREFERENCE.test(String(prefer))) return true
  return tracker.isLongLived?.(req) === true
}
