import { ServerResponse } from 'node:http'
import { expect, it, vi } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { PerfHttp } from '../../src/http/handler.js'
import { PerfEndpoint } from '../../src/http/node.js'
import { sendResponse } from '../../src/http/send.js'
import type { PerfResponse } from '../../src/types/http.js'
import { FakeSource } from './fake-source.js'
import { rawClient, serve } from './real-server.js'

const GET = 'GET /perf HTTP/1.1\r\nHost: localhost\r\n\r\n'
const chunk = 'x'.repeat(64 * 1024)

/** A server that answers with this body; `sent` settles when sendResponse did. */
async function answering(body: PerfResponse['body'], clock = new ManualClock()) {
  const errors: unknown[] = []
  let settle = () => {}
  const sent = new Promise<void>((resolve) => {
    settle = resolve
  })
  const host = await serve((req, res) => {
    const response = { status: 200, headers: {}, body }
    const options = { head: req.method === 'HEAD', clock, onError: (error: unknown) => void errors.push(error) }
    sendResponse(res, response, options).then(settle)
  })
  return { ...host, sent, errors, clock }
}

/** Counts how far it was read and whether it was ended. */
function counting(total: number, piece = chunk) {
  const state = { yielded: 0, ended: 0 }
  function* produce() {
    try {
      while (state.yielded < total) {
        state.yielded++
        yield piece
      }
    } finally {
      state.ended++
    }
  }
  return { state, chunks: produce() }
}

it.each([
  ['a string', 'text'],
  ['bytes', Buffer.from('text')],
  ['chunks', ['te', Buffer.from('xt')]],
  ['no body', null],
])('sends %s', async (_, body) => {
  const { ask, sent, errors } = await answering(body)
  expect((await ask('/')).text).toBe(body === null ? '' : 'text')
  await sent
  expect(errors).toEqual([])
})

it('sends asynchronous chunks', async () => {
  async function* produce() {
    yield 'a'
    await Promise.resolve()
    yield 'b'
  }
  const { ask } = await answering(produce())
  expect((await ask('/')).text).toBe('ab')
})

it('keeps the pace of a slow client, and all of it arrives', async () => {
  const { state, chunks } = counting(400)
  const { port, sent } = await answering(chunks)
  const client = await rawClient(port, GET)
  client.socket.pause()
  // the kernel's buffers take some; then nobody asks for more
  let before = -1
  await vi.waitFor(() => {
    const stalled = state.yielded === before && state.yielded > 0
    before = state.yielded
    expect(stalled).toBe(true)
  })
  expect(state.yielded).toBeLessThan(400)
  client.socket.resume()
  await sent
  await vi.waitFor(() => expect(client.received().split('x').length - 1).toBe(400 * chunk.length))
  expect(state.ended).toBe(1)
})

it('ends the producer when the client leaves', async () => {
  const { state, chunks } = counting(10_000)
  const { port, sent, errors } = await answering(chunks)
  const client = await rawClient(port, GET)
  await vi.waitFor(() => expect(client.received()).not.toBe(''))
  client.socket.destroy()
  await sent
  expect(state.ended).toBe(1)
  expect(state.yielded).toBeLessThan(10_000)
  expect(errors).toEqual([])
})

it('sends a client away that takes nothing for half a minute', async () => {
  const { state, chunks } = counting(10_000)
  const { port, sent, clock } = await answering(chunks)
  const client = await rawClient(port, GET)
  client.socket.pause()
  await vi.waitFor(() => {
    clock.advance(10_000) // only a wait that lasts reaches 30 s: each drain starts anew
    expect(state.ended).toBe(1)
  })
  await sent
  expect(clock.timerCount).toBe(0)
})

it('lets the app in between slices of time', async () => {
  class TickingClock extends ManualClock {
    override monotonicMs(): number {
      this.advance(1)
      return super.monotonicMs()
    }
  }
  const turns: number[] = []
  const state = { yielded: 0 }
  function* produce() {
    for (; state.yielded < 100; state.yielded++) yield 'x'
  }
  const { ask } = await answering(produce(), new TickingClock())
  const turn = () => {
    turns.push(state.yielded)
    if (state.yielded < 100) setImmediate(turn)
  }
  setImmediate(turn)
  expect((await ask('/')).text).toHaveLength(100)
  const steps = turns.map((yielded, i) => yielded - (turns[i - 1] ?? 0))
  expect(Math.max(...steps)).toBeLessThanOrEqual(4)
})

it('breaks off when the producer fails: half an answer must not look whole', async () => {
  const failure = new Error('row 3')
  function* produce() {
    yield 'a'
    throw failure
  }
  const { ask, sent, errors } = await answering(produce())
  await expect(ask('/')).rejects.toThrow()
  await sent
  expect(errors).toEqual([failure])
})

it('contains a producer that fails while it is sent away', async () => {
  const chunks = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise<never>(() => {}),
      return: () => Promise.reject(new Error('cannot stop')),
    }),
  }
  const { ask, sent } = await answering(chunks)
  await ask('/', { method: 'HEAD' })
  await sent
})

it('contains a response that cannot be written', async () => {
  const errors: unknown[] = []
  const { ask } = await serve((_req, res) => {
    const response = { status: 200, headers: { 'X-Bad': 'a\r\nb' }, body: 'text' }
    void sendResponse(res, response, { head: false, onError: (error) => errors.push(error) })
  })
  await expect(ask('/')).rejects.toThrow()
  expect(errors).toHaveLength(1)
})

it('ends the chunks when the client is gone before it begins', async () => {
  const { state, chunks } = counting(10)
  chunks.next()
  const res = new ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as never)
  res.destroy()
  await sendResponse(res, { status: 200, headers: {}, body: chunks }, { head: false })
  expect(state).toEqual({ yielded: 1, ended: 1 })
})

async function streaming() {
  const source = new FakeSource()
  const http = new PerfHttp(source)
  const endpoint = new PerfEndpoint(http, '/perf')
  const host = await serve((req, res) => {
    endpoint.serve(req, res, { below: endpoint.match(req.url ?? '') ?? '/nothing', basePath: '/perf' })
  })
  const stream = async () => {
    const client = await rawClient(host.port, 'GET /perf/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await vi.waitFor(() => expect(client.received()).toContain('retry:'))
    return client
  }
  return { source, http, ...host, stream }
}

it('streams events as they come, and lets go when the client leaves', async () => {
  const { source, stream } = await streaming()
  const client = await stream()
  expect(client.received()).toMatch(/content-type: text\/event-stream/i)
  expect(client.received()).toMatch(/cache-control: no-store, no-transform/i)
  source.emitSample()
  await vi.waitFor(() => expect(client.received()).toContain('event: sample'))
  client.socket.destroy()
  await vi.waitFor(() => expect(source.sampleListeners.size).toBe(0))
  expect(source.clock.timerCount).toBe(0)
  expect(source.guard.total).toBe(0)
})

it('ends streams with the monitor', async () => {
  const { http, stream } = await streaming()
  const client = await stream()
  http.close()
  await vi.waitFor(() => expect(client.received()).toMatch(/0\r\n\r\n$/))
})

it('refuses the client too many with 429', async () => {
  const { source, stream, ask } = await streaming()
  for (let i = 0; i < source.config.limits.maxStreamClients; i++) await stream()
  const answer = await ask('/perf/stream')
  expect([answer.status, answer.headers['retry-after']]).toEqual([429, '3'])
})

it('does not keep a server open that the app wants to close', async () => {
  const { source, server, stream } = await streaming()
  const client = await stream()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  source.emitSample()
  await client.closed
  await closed
  expect(source.sampleListeners.size).toBe(0)
})
