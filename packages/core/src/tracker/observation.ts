// How a response is seen from outside: its first byte, its end, its size. On HTTP/1 everything hangs on the connection, once for its
// life: Express gives `req` and `res` other prototypes, and after that one property more on them costs 3 us on Node 20 (70 ns else).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface ObservedExchange {
  /** Null once it is over. */
  readonly response: ServerResponse | null
  /** The first time is the first byte. */
  written(data?: unknown): void
  /** Its connection speaks another protocol from here on. */
  upgraded(): void
  firstByteOverHttp2(): void
  answered(): void
  close(): void
  /** After `close`: what keeps the exchange must not keep the request. */
  release(): void
  fault(error: unknown): void
}

export interface ObservedResponse extends ServerResponse {
  _header?: string | null
  _send?: Send
  [OBSERVED]?: Observation
}

interface ObservedSocket extends Socket {
  /** Node's: the response that the connection is busy with, `null` between two. */
  _httpMessage?: ServerResponse | null
  [OBSERVED]?: Connection
}

/** Node's: true when the server has a listener that takes the connection over, whatever the client asks for. */
interface ObservedRequest extends IncomingMessage {
  upgrade?: boolean | null
}

type Send = (this: ServerResponse, data: unknown, encoding: unknown, callback: unknown, byteLength: unknown) => unknown

const SWITCHING_PROTOCOLS = 'HTTP/1.1 101'
const OBSERVED = Symbol('perf-monitor')
const NO_EXCHANGES: readonly ObservedExchange[] = []

/** A server's HTTP/1 connection. Node sends everything of a response through its `write`, whoever caused it. */
export class Connection {
  /** In flight, the last begun last: more than one when requests are pipelined, or measured by several monitors. */
  readonly exchanges: ObservedExchange[] = []
  readonly write: Socket['write']
  /** Something was written since `#endBytes` was read. */
  hasWritten = true
  readonly #socket: Socket
  #endBytes = 0
  #closingBytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
    this.write = socket.write
    socket.write = observedWrite as Socket['write']
    // pipelined requests behind one that never ended have no response that could close
    socket.once('close', () => queueMicrotask(() => this.#closeAll()))
  }

  /** Written up to now. Read once per response: 200 ns each. */
  get bytes(): number {
    return this.hasWritten ? this.#socket.bytesWritten : this.#endBytes
  }

  /**
   * Written for the response that closes. Responses on one connection follow each other, so what was written since the last
   * one ended is this one's, even when requests are pipelined.
   */
  bytesOf(begunAtBytes: number): number {
    return Math.max(0, this.#closingBytes - Math.max(begunAtBytes, this.#endBytes))
  }

  closeAllOf(response: ServerResponse): void {
    this.#closingBytes = this.#socket.bytesWritten
    closeAllOf(response, this.exchanges)
    this.#endBytes = this.#closingBytes
    this.hasWritten = false
  }

  #closeAll(): void {
    this.#closingBytes = this.#socket.bytesWritten
    for (const exchange of this.exchanges.splice(0)) end(exchange)
  }
}

/** A response without such a connection: HTTP/2, or one that a framework makes up for tests. */
class Observation {
  readonly exchanges: ObservedExchange[] = []
  readonly send: Send | undefined
  readonly writeHead: ServerResponse['writeHead']

  constructor(res: ObservedResponse) {
    this.send = res._send
    this.writeHead = res.writeHead
    // `_send` is internal, but older than any supported Node; where it is missing (HTTP/2) `writeHead` sends at once
    if (typeof this.send === 'function') res._send = observedSend
    else res.writeHead = observedWriteHead as ServerResponse['writeHead']
  }
}

/**
 * From here on the exchange is told of its response's first byte and end.
 * @returns the HTTP/1 connection of the response's own; null for HTTP/2, and for made-up requests (light-my-request)
 */
export function observe(exchange: ObservedExchange, req: IncomingMessage): Connection | null {
  const response = exchange.response as ObservedResponse
  const socket = req.socket as ObservedSocket | null
  let connection: Connection | null = null
  let exchanges: ObservedExchange[]
  if (req.httpVersionMajor === 1 && socket != null && (socket._httpMessage != null || isUpgraded(req))) {
    socket[OBSERVED] ??= new Connection(socket)
    connection = socket[OBSERVED]
    exchanges = connection.exchanges
  } else {
    response[OBSERVED] ??= new Observation(response)
    exchanges = response[OBSERVED].exchanges
  }
  // functions that all share, one listener for all monitors: closures would be copied with the response by the garbage collector
  if (!isObserved(response, exchanges)) response.on('close', connection === null ? closedAlone : closedOnConnection)
  exchanges.push(exchange)
  return connection
}

/** An upgrade that comes to the framework once it is done (express-ws): its made-up response never closes, its connection does. */
export function isUpgraded(req: IncomingMessage): boolean {
  return isUpgrading(req) && (req.socket as ObservedSocket | null)?._httpMessage == null
}

/** Its response is one that a library made, which keeps its socket to the end. */
export function isUpgrading(req: IncomingMessage): boolean {
  return req.headers.upgrade !== undefined && (req as ObservedRequest).upgrade === true
}

function isObserved(response: ServerResponse, exchanges: ObservedExchange[]): boolean {
  for (const exchange of exchanges) if (exchange.response === response) return true
  return false
}

/** From here on the exchange is also told when the app has handed over its last byte; the client may take its time to get it. */
export function observeAnswer(exchange: ObservedExchange): void {
  exchange.response?.on('prefinish', answeredBy)
}

/** The exchange begun last for a response that passes the test. */
export function observedBy(
  res: ServerResponse,
  test: (exchange: ObservedExchange) => boolean,
): ObservedExchange | null {
  const exchanges = exchangesNear(res, res.req)
  for (let i = exchanges.length - 1; i >= 0; i--) {
    const exchange = exchanges[i] as ObservedExchange
    if (exchange.response === res && test(exchange)) return exchange
  }
  return null
}

/**
 * Of the response, and of others on its connection. The connection comes first: to find that Express' `res` lacks a property
 * takes Node 20 up to 1.4 us.
 */
function exchangesNear(res: ObservedResponse, req: IncomingMessage | undefined): readonly ObservedExchange[] {
  const connection = (req?.socket as ObservedSocket | null | undefined)?.[OBSERVED]
  if (connection !== undefined && (connection.exchanges.length > 0 || req?.httpVersionMajor === 1)) {
    return connection.exchanges
  }
  return res[OBSERVED]?.exchanges ?? NO_EXCHANGES
}

function answeredBy(this: ObservedResponse): void {
  for (const exchange of exchangesNear(this, this.req)) {
    if (exchange.response !== this) continue
    try {
      exchange.answered()
    } catch (error) {
      exchange.fault(error)
    }
  }
}

function closedAlone(this: ObservedResponse): void {
  closeAllOf(this, this[OBSERVED]?.exchanges ?? [])
}

function closedOnConnection(this: ObservedResponse): void {
  const socket = this.req.socket as ObservedSocket
  socket[OBSERVED]?.closeAllOf(this)
}

function closeAllOf(response: ServerResponse, exchanges: ObservedExchange[]): void {
  for (let i = 0; i < exchanges.length; ) {
    const exchange = exchanges[i] as ObservedExchange
    if (exchange.response === response) {
      if (exchanges.length === 1) exchanges.pop()
      else exchanges.splice(i, 1)
      end(exchange)
    } else {
      i++
    }
  }
}

function end(exchange: ObservedExchange): void {
  try {
    exchange.close()
  } catch (error) {
    exchange.fault(error)
  }
  exchange.release()
}

function observedWrite(this: ObservedSocket, data: never, encoding: never, callback: never): boolean {
  const connection = this[OBSERVED] as Connection
  connection.hasWritten = true
  const response = this._httpMessage as ObservedResponse | null
  // without a head it is an interim answer: 100 Continue, 103 Early Hints
  if (response?._header) {
    for (const exchange of connection.exchanges) {
      if (exchange.response !== response) continue
      try {
        exchange.written(data)
      } catch (error) {
        exchange.fault(error)
      }
    }
  } else if (typeof data === 'string' && (data as string).startsWith(SWITCHING_PROTOCOLS)) {
    // WebSocket libraries write the head of an upgrade past the response
    for (const exchange of connection.exchanges) {
      if (exchange.response === response) contained(exchange, upgradeOf)
    }
  }
  return connection.write.call(this, data, encoding, callback)
}

function observedSend(
  this: ObservedResponse,
  data: unknown,
  encoding: unknown,
  callback: unknown,
  byteLength: unknown,
): unknown {
  const observation = this[OBSERVED] as Observation
  const send = observation.send as Send
  // once is enough: what follows the first byte goes straight to Node, unless someone wrapped us meanwhile
  if (this._send === observedSend) this._send = send
  for (const exchange of observation.exchanges) contained(exchange, firstByteOf)
  return send.call(this, data, encoding, callback, byteLength)
}

function observedWriteHead(this: ObservedResponse, ...args: unknown[]): unknown {
  const observation = this[OBSERVED] as Observation
  if (this.writeHead === observedWriteHead) this.writeHead = observation.writeHead
  const result = Reflect.apply(observation.writeHead, this, args)
  for (const exchange of observation.exchanges) contained(exchange, firstByteOverHttp2Of)
  return result
}

const firstByteOf = (exchange: ObservedExchange) => exchange.written()
const upgradeOf = (exchange: ObservedExchange) => exchange.upgraded()
const firstByteOverHttp2Of = (exchange: ObservedExchange) => exchange.firstByteOverHttp2()

function contained(exchange: ObservedExchange, run: (exchange: ObservedExchange) => void): void {
  try {
    run(exchange)
  } catch (error) {
    exchange.fault(error)
  }
}
