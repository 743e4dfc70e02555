// How a response is seen from outside: its first byte, its end, its size. On HTTP/1 everything hangs on the connection, once for its
// life: Express gives `req` and `res` other prototypes, and after that one property more on them costs 3 us on Node 20 (70 ns else).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface ObservedExchange {
  readonly response: ServerResponse
  firstByte(): void
  firstByteOverHttp2(): void
  close(): void
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

type Send = (this: ServerResponse, data: unknown, encoding: unknown, callback: unknown, byteLength: unknown) => unknown

const OBSERVED = Symbol('perf-monitor')

/** A server's HTTP/1 connection. Node sends everything of a response through its `write`, whoever caused it. */
class Connection {
  /** In flight, the last begun last: more than one when requests are pipelined, or measured by several monitors. */
  readonly exchanges: ObservedExchange[] = []
  /** `bytesWritten` at the end of the last response, and before it began: several monitors may ask for the same one. */
  last: { response: ServerResponse | null; startBytes: number; endBytes: number } | null = null
  readonly write: Socket['write']

  constructor(socket: Socket) {
    this.write = socket.write
    socket.write = observedWrite as Socket['write']
    // pipelined requests behind one that never ended have no response that could close
    socket.once('close', () => queueMicrotask(() => this.#closeAll()))
  }

  #closeAll(): void {
    for (const exchange of this.exchanges.splice(0)) contained(exchange, closeOf)
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
 * @returns whether the response goes over an HTTP/1 connection of its own: not HTTP/2, and not made up (light-my-request)
 */
export function observe(exchange: ObservedExchange, req: IncomingMessage): boolean {
  const response = exchange.response as ObservedResponse
  const socket = req.socket as ObservedSocket | null
  let holder: Connection | Observation | undefined
  if (req.httpVersionMajor === 1 && socket?._httpMessage != null) {
    socket[OBSERVED] ??= new Connection(socket)
    holder = socket[OBSERVED]
  } else {
    response[OBSERVED] ??= new Observation(response)
    holder = response[OBSERVED]
  }
  const { exchanges } = holder
  exchanges.push(exchange)
  response.on('close', () => {
    const index = exchanges.indexOf(exchange)
    if (index !== -1) exchanges.splice(index, 1)
    contained(exchange, closeOf)
  })
  return holder instanceof Connection
}

/** The exchange begun last for a response that passes the test. */
export function observedBy(
  res: ServerResponse,
  test: (exchange: ObservedExchange) => boolean,
): ObservedExchange | null {
  const onSocket = (res.req?.socket as ObservedSocket | null | undefined)?.[OBSERVED]?.exchanges
  const exchanges = (res as ObservedResponse)[OBSERVED]?.exchanges ?? onSocket ?? []
  for (let i = exchanges.length - 1; i >= 0; i--) {
    const exchange = exchanges[i] as ObservedExchange
    if (exchange.response === res && test(exchange)) return exchange
  }
  return null
}

export function bytesWritten(socket: Socket | null | undefined): number {
  return socket?.bytesWritten ?? 0
}

/** What was written for a response that just ended: since the one before ended, or since `begunAt` when that is later. */
export function bytesOf(response: ServerResponse, socket: Socket, begunAt: number): number {
  const endBytes = bytesWritten(socket)
  const connection = (socket as ObservedSocket)[OBSERVED]
  if (connection === undefined) return Math.max(0, endBytes - begunAt)
  if (connection.last?.response !== response) {
    const last: NonNullable<Connection['last']> = { response, startBytes: connection.last?.endBytes ?? 0, endBytes }
    connection.last = last
    // all monitors ask in the same turn; an idle connection must not keep its last response alive
    queueMicrotask(() => {
      last.response = null
    })
  }
  return Math.max(0, endBytes - Math.max(begunAt, connection.last.startBytes))
}

function observedWrite(this: ObservedSocket, data: unknown, encoding: unknown, callback: unknown): unknown {
  const connection = this[OBSERVED] as Connection
  const response = this._httpMessage as ObservedResponse | null
  // without a head it is an interim answer: 100 Continue, 103 Early Hints
  if (response?._header) {
    for (const exchange of connection.exchanges) {
      if (exchange.response === response) contained(exchange, firstByteOf)
    }
  }
  return Reflect.apply(connection.write, this, [data, encoding, callback])
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

const firstByteOf = (exchange: ObservedExchange) => exchange.firstByte()
const closeOf = (exchange: ObservedExchange) => exchange.close()
const firstByteOverHttp2Of = (exchange: ObservedExchange) => exchange.firstByteOverHttp2()

function contained(exchange: ObservedExchange, run: (exchange: ObservedExchange) => void): void {
  try {
    run(exchange)
  } catch (error) {
    exchange.fault(error)
  }
}
