import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import { HttpExchange } from '../../src/tracker/exchange.js'
import type { Operation } from '../../src/tracker/operation.js'
import { Tracker } from '../../src/tracker/tracker.js'

type Handler = (req: IncomingMessage, res: ServerResponse, exchange: HttpExchange) => void

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(handler: Handler) {
  const clock = new ManualClock()
  const tracker = new Tracker({
    clock,
    guard: new Guard(clock, console),
    limits: { maxOperations: 100, maxChildrenPerOperation: 10 },
    requestScope: true,
    isLongLived: ({ url }) => url === '/poll',
  })
  let finished = 0
  const waiting: { count: number; resolve: () => void }[] = []
  const server = createServer((req, res) => {
    const exchange = tracker.beginExchange(req, res)
    res.on('close', () => {
      finished++
      for (const waiter of waiting) if (finished >= waiter.count) waiter.resolve()
    })
    handler(req, res, exchange)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return {
    clock,
    tracker,
    port,
    url: `http://127.0.0.1:${port}`,
    /** Resolves when that many responses have closed. */
    closed: (count: number) =>
      finished >= count ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ count, resolve })),
    operations: () =>
      tracker.operations.map((operation) => ({
        operation: operation.operation,
        outcomes: operation.series.map(({ outcome, statusCode, interval }) => [outcome, statusCode, interval.count]),
      })),
  }
}

async function get(url: string, headers: Record<string, string> = {}): Promise<string> {
  const req = request(url, { headers, agent: false }).end()
  const [res] = await once(req, 'response')
  return text(res)
}

describe('HttpExchange', () => {
  it('counts outcome by status, under the last route that was set', async () => {
    const server = await serve((req, res, exchange) => {
      exchange.setRoute('/early')
      exchange.setRoute('/items/:id')
      if (req.url === '/unmatched') exchange.clearRoute()
      res.statusCode = Number(req.headers['x-status'] ?? 200)
      res.end('done')
    })
    for (const status of ['200', '404', '500', '503']) await get(`${server.url}/items/7`, { 'x-status': status })
    await get(`${server.url}/unmatched`, { 'x-status': '404' })
    await server.closed(5)
    expect(server.operations()).toEqual([
      { operation: 'GET /early', outcomes: [] },
      {
        operation: 'GET /items/:id',
        outcomes: [
          ['success', 200, 1],
          ['success', 404, 1],
          ['failure', 500, 1],
          ['failure', 503, 1],
        ],
      },
      { operation: 'GET (unmatched)', outcomes: [['success', 404, 1]] },
    ])
    expect(server.tracker.operations.map(({ active }) => active)).toEqual([0, 0, 0])
    expect(server.tracker.activeRequests).toBe(0)
  })

  it('takes the duration to the last byte and the first byte apart', async () => {
    const server = await serve((_req, res) => {
      server.clock.advance(30)
      res.writeHead(200) // says nothing yet: Node holds the head back until there is a body or flushHeaders
      server.clock.advance(10)
      res.write('a')
      // Node 26 puts the chunks of one turn together: the first byte leaves when the turn ends
      setImmediate(() => {
        server.clock.advance(60)
        res.end('b')
      })
    })
    await get(server.url)
    await server.closed(1)
    const operation = server.tracker.operations[0]
    expect(operation?.series[0]?.interval.sum).toBe(100)
    expect(operation?.http?.intervalFirstByte.sum).toBe(40)
  })

  it.each([
    ['an upload of known length', { 'content-length': '100000' }, 40],
    ['an upload of unknown length', { 'transfer-encoding': 'chunked' }, 40],
    ['a small body', { 'content-length': '1000' }, 540],
  ])('counts the first byte of the answer to %s from when it waits for the app', async (_name, headers, expected) => {
    const server = await serve((req, res) => {
      server.clock.advance(500) // the client sends
      req.resume().on('end', () => {
        server.clock.advance(40)
        res.end('stored')
      })
    })
    const upload = request(server.url, { method: 'PUT', headers, agent: false })
    upload.end(Buffer.alloc(Number((headers as Record<string, string>)['content-length'] ?? 5)))
    const [res] = await once(upload, 'response')
    await text(res)
    await server.closed(1)
    const operation = server.tracker.operations[0]
    expect(operation?.http?.intervalFirstByte.sum).toBe(expected)
    expect(operation?.series[0]?.interval.sum).toBe(540)
  })

  it('counts the first byte of an answer that came before the upload was read from its begin', async () => {
    const server = await serve((req, res) => {
      server.clock.advance(30)
      res.statusCode = 413
      res.end('too large', () => req.resume())
    })
    const upload = request(server.url, { method: 'POST', headers: { 'content-length': '100000' }, agent: false })
    upload.end(Buffer.alloc(100_000))
    const [res] = await once(upload, 'response')
    await text(res)
    await server.closed(1)
    expect(server.tracker.operations[0]?.http?.intervalFirstByte.sum).toBe(30)
  })

  it.each([
    ['end', (res: ServerResponse) => res.end('x')],
    ['write', (res: ServerResponse) => res.write('x') && res.end()],
    ['flushHeaders', (res: ServerResponse) => [res.flushHeaders(), res.end()]],
    ['an empty end', (res: ServerResponse) => res.writeHead(204).end()],
  ])('sees the first byte of %s', async (_name, answer) => {
    const server = await serve((_req, res) => {
      server.clock.advance(7)
      answer(res)
    })
    await get(server.url)
    await server.closed(1)
    expect(server.tracker.operations[0]?.http?.intervalFirstByte.sum).toBe(7)
  })

  it('leaves the response as it was after the first byte', async () => {
    const seen: boolean[] = []
    const server = await serve((_req, res) => {
      res.write('x')
      setImmediate(() => {
        seen.push((res as unknown as { _send: unknown })._send === Object.getPrototypeOf(res)._send)
        res.end()
      })
    })
    await get(server.url)
    expect(seen).toEqual([true])
  })

  it('counts the bytes of each response on a shared connection, pipelined ones too', async () => {
    const server = await serve((req, res) => {
      const size = Number(new URL(req.url as string, 'http://x').searchParams.get('size'))
      // the second answer is ready before the first: Node keeps it back
      setTimeout(() => res.end('x'.repeat(size)), size > 1000 ? 30 : 0)
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write(
      'GET /?size=5000 HTTP/1.1\r\nHost: x\r\n\r\nGET /?size=10 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    const received = await text(socket)
    await server.closed(2)
    expect(server.tracker.operations[0]?.http?.intervalSizes.sum).toBe(Buffer.byteLength(received))
  })

  it('is aborted when the client leaves, before or after the first byte', async () => {
    const server = await serve((req, res) => {
      if (req.url === '/late') res.write('x')
      req.resume()
    })
    for (const path of ['/early', '/late']) {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      if (path === '/late') await once(socket, 'data')
      else while (server.tracker.activeRequests === 0) await new Promise((resolve) => setImmediate(resolve))
      socket.destroy()
      await server.closed(path === '/early' ? 1 : 2)
    }
    expect(server.operations()[0]?.outcomes).toEqual([['aborted', 499, 2]])
  })

  it('is a failure when the server breaks the answer off', async () => {
    const server = await serve((_req, res) => {
      res.write('x')
      setImmediate(() => res.destroy(new Error('the source of the body failed')))
    })
    await get(server.url).catch(() => undefined)
    await server.closed(1)
    expect(server.operations()[0]?.outcomes).toEqual([['failure', 200, 1]])
  })

  it('is a failure when the server drops the connection without a word', async () => {
    const server = await serve((req, res) => {
      res.write('x')
      setImmediate(() => req.socket.destroy())
    })
    await get(server.url).catch(() => undefined)
    await server.closed(1)
    expect(server.operations()[0]?.outcomes).toEqual([['failure', 200, 1]])
  })

  it('is aborted when the client leaves during its upload', async () => {
    for (const leave of ['end', 'destroy'] as const) {
      const server = await serve((req, res) => {
        req.resume().on('end', () => res.end('thanks'))
        req.on('error', () => undefined)
      })
      const socket = connect(server.port, '127.0.0.1')
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
      while (server.tracker.activeRequests === 0) await new Promise((resolve) => setImmediate(resolve))
      socket[leave]()
      await server.closed(1)
      expect(server.operations()[0]?.outcomes).toEqual([['aborted', 499, 1]])
    }
  })

  it('ends with its connection, pipelined behind one that never ended', async () => {
    const server = await serve((req, res, exchange) => {
      exchange.setRoute('/pipelined')
      if (req.url !== '/hangs') res.end('x')
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write(['/hangs', '/b', '/c'].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
    while (server.tracker.activeRequests < 3) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    while (server.tracker.activeRequests > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(server.operations()[0]?.outcomes).toEqual([['aborted', 499, 3]])
    expect(server.tracker.operations[0]?.active).toBe(0)
  })

  it.each([[-5], [0], [12.5], [1000], ['teapot'], [undefined]])(
    'counts the status %s, which is none, without a number',
    async (status) => {
      const server = await serve((req, res) => {
        res.write('x')
        res.statusCode = status as number
        setImmediate(() => req.socket.destroy())
      })
      await get(server.url).catch(() => undefined)
      await server.closed(1)
      expect(server.operations()[0]?.outcomes).toEqual([['failure', null, 1]])
    },
  )

  it('counts over HTTP/2: outcomes and first byte; no bytes, since streams share a connection', async () => {
    const clock = new ManualClock()
    const limits = { maxOperations: 10, maxChildrenPerOperation: 10 }
    const tracker = new Tracker({
      clock,
      guard: new Guard(clock, console),
      limits,
      requestScope: true,
      isLongLived: null,
    })
    const server = createHttp2Server((req, res) => {
      tracker.beginExchange(req as unknown as IncomingMessage, res as unknown as ServerResponse)
      clock.advance(4)
      res.write('x')
      if (req.url === '/whole') setImmediate(() => res.end())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const whole = client.request({ ':path': '/whole' })
    await text(whole)
    const left = client.request({ ':path': '/left' })
    await once(left, 'data')
    left.close(constants.NGHTTP2_CANCEL)
    while (tracker.activeRequests > 0) await new Promise((resolve) => setImmediate(resolve))
    client.close()
    server.close()
    await once(server, 'close')
    const operation = tracker.operations[0] as Operation
    expect(operation.series.map(({ outcome, statusCode, interval }) => [outcome, statusCode, interval.count])).toEqual([
      ['success', 200, 1],
      ['aborted', 499, 1],
    ])
    expect(operation.http?.intervalSizes.count).toBe(0)
    expect(operation.http?.intervalFirstByte.sum).toBe(8)
  })

  it('counts server-sent events by lifetime, never in durations', async () => {
    const server = await serve((_req, res, exchange) => {
      exchange.setRoute('/events')
      const handler = exchange.beginHandler(server.tracker.operation('handler', 'events'))
      res.on('close', () => handler.end())
      res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
      res.write('data: 1\n\n')
      server.clock.advance(60_000)
      setImmediate(() => res.end())
    })
    const answer = get(server.url)
    await answer
    await server.closed(1)
    const operation = server.tracker.operations[0]
    expect(operation?.series).toEqual([])
    expect(operation?.http).toMatchObject({ intervalStreams: 1, intervalStreamMs: 60_000, activeStreams: 0 })
    expect(operation?.http?.intervalFirstByte.count).toBe(0)
    expect(server.tracker.operation('handler', 'events')).toMatchObject({ series: [], active: 0 })
  })

  it('counts requests that are held open on purpose as streams: Prefer: wait, and what the app names', async () => {
    const server = await serve((_req, res, exchange) => {
      exchange.setRoute('/held')
      expect(server.tracker.operations[0]?.http?.activeStreams).toBe(1)
      res.end()
    })
    await get(`${server.url}/other`, { Prefer: 'respond-async, wait=30' })
    await get(`${server.url}/poll`)
    await server.closed(2)
    expect(server.tracker.operations[0]?.http?.intervalStreams).toBe(2)
    expect(server.tracker.operations[0]?.series).toEqual([])
  })

  it('keeps an answer that never ends in flight', async () => {
    const server = await serve((_req, _res, exchange) => exchange.setRoute('/hangs'))
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    while (server.tracker.activeRequests === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(server.tracker.operations[0]).toMatchObject({ operation: 'GET /hangs', active: 1 })
    socket.destroy()
    await server.closed(1)
    expect(server.tracker.operations[0]?.active).toBe(0)
  })

  it('gives what begins in a handler to the handler and to the route', async () => {
    const server = await serve((_req, res, exchange) => {
      exchange.run(() => {
        const handler = exchange.beginHandler(server.tracker.operation('handler', 'auth'))
        const query = server.tracker.operation('db', 'SELECT').begin()
        server.clock.advance(20)
        query.end()
        server.clock.advance(5)
        handler.end()
        exchange.setRoute('/orders')
        server.clock.advance(10)
        res.end()
      })
    })
    await get(server.url)
    await server.closed(1)
    const tree = (name: string) => {
      const operation = server.tracker.operations.find((each) => each.operation === name) as Operation
      const { coveredMs, children } = operation.interval
      return [
        coveredMs,
        ...[...children].map((child) => [server.tracker.byId(child.childId)?.operation, child.totalMs]),
      ]
    }
    expect(tree('GET /orders')).toEqual([20, ['SELECT', 20], ['auth', 25]])
    expect(tree('auth')).toEqual([20, ['SELECT', 20]])
  })

  it('serves two monitors that measure the same response', async () => {
    const clock = new ManualClock()
    const limits = { maxOperations: 10, maxChildrenPerOperation: 10 }
    const other = new Tracker({
      clock,
      guard: new Guard(clock, console),
      limits,
      requestScope: false,
      isLongLived: null,
    })
    const server = await serve((req, res, exchange) => {
      const second = other.beginExchange(req, res)
      expect([HttpExchange.of(res, server.tracker), HttpExchange.of(res, other)]).toEqual([exchange, second])
      server.clock.advance(3)
      clock.advance(5)
      res.end('x')
    })
    expect(await get(server.url)).toBe('x')
    await server.closed(1)
    expect(server.tracker.operations[0]?.http?.intervalFirstByte.sum).toBe(3)
    expect(other.operations[0]?.http?.intervalFirstByte.sum).toBe(5)
    expect(other.operations[0]?.intervalCount).toBe(1)
    expect(other.operations[0]?.http?.intervalSizes.sum).toBe(server.tracker.operations[0]?.http?.intervalSizes.sum)
  })

  it('counts status codes without their number beyond forty', async () => {
    const server = await serve((req, res) => res.writeHead(Number((req.url as string).slice(1))).end())
    for (let status = 200; status < 250; status++) if (status !== 204) await get(`${server.url}/${status}`)
    await server.closed(49)
    const operation = server.tracker.operations[0]
    expect(operation?.series).toHaveLength(41)
    expect(operation?.series.at(-1)).toMatchObject({ outcome: 'success', statusCode: null })
    expect(operation?.intervalCount).toBe(49)
  })
})
