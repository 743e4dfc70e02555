import { once } from 'node:events'
import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import type { HttpExchange } from '../../src/tracker/exchange.js'
import type { Operation } from '../../src/tracker/operation.js'
import { Tracker } from '../../src/tracker/tracker.js'

const REQUEST = 'GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

interface Upgrade {
  res: ServerResponse
  socket: Socket
  begin(): HttpExchange
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** The request comes with a response that a WebSocket library made for it: the server has none. */
async function upgrade(handle: (upgrade: Upgrade) => void) {
  const clock = new ManualClock()
  const tracker = new Tracker({
    clock,
    guard: new Guard(clock, console),
    limits: { maxOperations: 100, maxChildrenPerOperation: 10 },
    requestScope: true,
    isLongLived: null,
  })
  const server = createServer()
  server.on('upgrade', (req: IncomingMessage, socket: Socket) => {
    const res = new ServerResponse(req)
    const begin = () => {
      const exchange = tracker.beginExchange(req, res)
      exchange.setRoute('/chat')
      return exchange
    }
    handle({ res, socket, begin })
    socket.on('end', () => socket.end()).resume() // as the library does: Node no longer looks after it
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.close()
    await once(server, 'close')
  })
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write(REQUEST)
  await once(client, 'data')
  const operation = tracker.httpOperation('GET', '/chat')
  const closed = async () => {
    client.destroy()
    while (tracker.activeRequests > 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return { clock, tracker, operation, closed, handler: tracker.operation('handler', 'chat') }
}

function outcomes({ series }: Operation) {
  return series.map(({ outcome, statusCode, interval }) => [outcome, statusCode, interval.count])
}

describe('an upgrade that a framework routes', () => {
  it('is a stream from the moment its connection is taken over, and its handler has no duration', async () => {
    let exchange: HttpExchange | undefined
    const { clock, tracker, operation, handler, closed } = await upgrade(({ res, socket, begin }) => {
      res.assignSocket(socket)
      exchange = begin()
      expect(exchange.isStream).toBe(false)
      socket.write(SWITCHING)
    })
    expect(operation).toMatchObject({ active: 1, http: { activeStreams: 1 } })
    const span = exchange?.beginHandler(handler)
    clock.advance(60_000)
    span?.end()
    await closed()
    expect(operation).toMatchObject({ series: [], active: 0 })
    expect(operation.http).toMatchObject({ intervalStreams: 1, intervalStreamMs: 60_000, activeStreams: 0 })
    expect(handler).toMatchObject({ series: [], active: 0 })
    expect(tracker.activeRequests).toBe(0)
  })

  it('is one from the start when it comes with its answer sent, and ends with its connection', async () => {
    const { clock, operation, closed } = await upgrade(({ socket, begin }) => {
      socket.write(SWITCHING)
      expect(begin().isStream).toBe(true)
    })
    clock.advance(60_000)
    await closed()
    expect(operation).toMatchObject({ series: [], active: 0 })
    expect(operation.http).toMatchObject({ intervalStreams: 1, intervalStreamMs: 60_000, activeStreams: 0 })
  })

  it('is a request like any other when it is refused', async () => {
    const { operation, closed } = await upgrade(({ res, socket, begin }) => {
      res.assignSocket(socket)
      begin()
      res.writeHead(401).end()
    })
    await closed()
    expect(operation.http).toMatchObject({ intervalStreams: 0, activeStreams: 0 })
    expect(outcomes(operation)).toEqual([['success', 401, 1]])
  })
})
