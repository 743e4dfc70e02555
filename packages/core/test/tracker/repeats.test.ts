import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { Answer, Hash } from '../../src/tracker/answers.js'
import { captured, served } from './captured.js'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

type Send = (res: ServerResponse, body: string) => unknown

const SENDS: Record<string, Send> = {
  'one string': (res, body) => res.end(body),
  'a buffer': (res, body) => res.setHeader('content-length', Buffer.byteLength(body)).end(Buffer.from(body)),
  chunks: (res, body) => [...body].map((part) => res.write(part)) && res.end(),
  'an entity tag': (res, body) => {
    const tag = createHash('sha1').update(body).digest('base64')
    res.setHeader('etag', `W/"${tag}"`).end(`${Math.random()}`)
  },
}

/** A server of `GET /list` that takes its time and answers what the test says. */
async function serve(send: Send = SENDS['one string'] as Send) {
  const parts = captured()
  const state = { body: 'a', ms: 20, status: 200 }
  const server = await served(parts.tracker, (_req, res) => {
    parts.clock.advance(state.ms)
    res.statusCode = state.status
    send(res, state.body)
  })
  closers.push(() => server.close())
  const repeats = () => parts.window().repeats({ component: 'http', operation: 'GET /list' })
  return { ...parts, ...server, state, repeats }
}

describe('repeats', () => {
  it.each(Object.entries(SENDS))('of an answer sent as %s', async (_name, send) => {
    const { get, state, repeats } = await serve(send)
    for (const body of ['one', 'one', 'two', 'two', 'two']) {
      state.body = body
      await get('/list?page=1')
    }
    await get('/list?page=2')
    expect(repeats()).toEqual({
      requests: 6,
      distinctKeys: 2,
      sameAnswerCount: 3,
      otherAnswerCount: 1,
      sameAnswerMs: 60,
    })
  })

  it('are of safe requests that took 10 ms and were answered', async () => {
    const { get, state, repeats } = await serve()
    state.ms = 9
    await get('/list')
    state.ms = 20
    for (const status of [404, 302, 500]) {
      state.status = status
      await get('/list')
    }
    expect(repeats()).toBeNull()
    state.status = 200
    await get('/list')
    await get('/list')
    expect(repeats()).toMatchObject({ requests: 2, sameAnswerCount: 1 })
  })

  it('that lie further apart than what is kept are none', async () => {
    const { get, clock, repeats } = await serve()
    await get('/list')
    clock.advance(600_001)
    await get('/list')
    expect(repeats()).toMatchObject({ sameAnswerCount: 0, otherAnswerCount: 0 })
  })

  it('remember so many URLs of a route, the latest', () => {
    const { tracker, captures, window, clock } = captured({ maxRepeatKeys: 700 })
    const ask = (name: string, key: number) =>
      captures.repeats.add(tracker.operation('http', name), { key, answer: 1, durationMs: 20, epochMs: clock.now() })
    for (let key = 0; key < 600; key++) ask('GET /a', key)
    expect(captures.repeats).toMatchObject({ used: 500, rejected: 100 })
    ask('GET /a', 599)
    ask('GET /a', 0)
    expect(window().repeats({ component: 'http', operation: 'GET /a' })).toMatchObject({
      requests: 602,
      sameAnswerCount: 1,
    })
    for (let key = 0; key < 600; key++) ask('GET /b', key)
    expect(captures.repeats.used).toBe(700)
    for (let key = 0; key < 600; key++) ask('GET /c', key)
    expect(captures.repeats.used).toBe(700)
  })

  it('a long body is looked at in part, and told apart by its length', () => {
    const fingerprint = (body: string) => {
      const answer = new Answer({ method: 'GET', url: '/' } as never, 'HTTP/1.1 200 OK\r\n\r\n')
      answer.written(`HTTP/1.1 200 OK\r\ndate: now\r\n\r\n${body}`)
      return answer.value
    }
    const long = 'x'.repeat(1_000_000)
    expect(fingerprint(long)).toBe(fingerprint(long))
    expect(fingerprint(`${long}y`)).not.toBe(fingerprint(long))
    expect(fingerprint(`y${long.slice(1)}`)).not.toBe(fingerprint(long))
  })

  it('a hash tells texts apart', () => {
    const values = new Set<number>()
    for (let n = 0; n < 100_000; n++) {
      const hash = new Hash()
      hash.addText(`/list?page=${n}`)
      expect(Number.isSafeInteger(hash.value)).toBe(true)
      values.add(hash.value)
    }
    expect(values.size).toBe(100_000)
  })
})
