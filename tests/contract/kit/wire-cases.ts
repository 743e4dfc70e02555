// The bytes on the connection, as without a monitor: what a client library would hide.
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import type { Running, World } from './world.js'

const get = (path: string, head = '', method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: x\r\n${head}\r\n`
const LAST = 'Connection: close\r\n'
const JSON_HEAD = 'Content-Type: application/json\r\n'
const chunked = (...chunks: string[]) => chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')

/** Each is written to a connection of its own, which the server ends. */
const CONVERSATIONS: Record<string, string> = {
  'one request': get('/items/7?a=1&a=2', LAST),
  'keep-alive, then close': get('/plain') + get('/items/1', LAST),
  'pipelined, the slow one first':
    get('/slow/1') + get('/plain') + get('/work/1') + get('/status/204') + get('/plain', LAST),
  'a HEAD between': get('/items/7', '', 'HEAD') + get('/plain', LAST),
  'an error between': get('/throws') + get('/rejects') + get('/plain', LAST),
  'HTTP/1.0': 'GET /plain HTTP/1.0\r\nHost: x\r\n\r\n',
  'HTTP/1.0, kept alive': `GET /plain HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n${get('/plain', LAST)}`,
  'an absolute address': get('http://x/items/7', LAST),
  'a chunked body with trailers': `${get('/items', `${JSON_HEAD}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n${LAST}`, 'POST')}${chunked('{"a"', ':1}')}0\r\nX-Sum: 1\r\n\r\n`,
  'Expect: 100-continue': `${get('/items', `${JSON_HEAD}Content-Length: 7\r\nExpect: 100-continue\r\n${LAST}`, 'POST')}{"a":1}`,
  'an expectation that is none': `${get('/items', `${JSON_HEAD}Content-Length: 7\r\nExpect: something\r\n${LAST}`, 'POST')}{"a":1}`,
  'a body that nobody reads': `${get('/plain', `Content-Length: 5\r\n${LAST}`)}hello`,
  'a malformed body': `${get('/items', `${JSON_HEAD}Content-Length: 5\r\n${LAST}`, 'POST')}{"a":`,
  'an upgrade that nobody takes': get('/plain', `Connection: Upgrade, close\r\nUpgrade: websocket\r\n`),
  'a bad escape': get('/items/%zz', LAST),
  'a header twice': get('/guarded/7', `X-Key: 1\r\nX-Key: 2\r\n${LAST}`),
  'no HTTP at all': 'hello\r\n\r\n',
  'a request line without a host': `GET /plain HTTP/1.1\r\n${LAST}\r\n`,
  'methods that nobody serves':
    ['PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE'].map((m) => get('/plain', '', m)).join('') + get('/plain', LAST),
  OPTIONS: get('/items', '', 'OPTIONS') + get('*', LAST, 'OPTIONS'),
}

export function wireCases(world: World): void {
  it('sends the same bytes as without a monitor', async () => {
    const [bare, monitored] = [await world.app({ enabled: false }), await world.app()]
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0 // Express prints stacks outside production: ours has frames of ours
    try {
      for (const [name, bytes] of Object.entries(CONVERSATIONS)) {
        const expected = await answerTo(bare, bytes)
        expect(await answerTo(monitored, bytes), name).toBe(expected)
      }
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
    expect(monitored.monitor.guard.faults).toEqual([])
    expect(monitored.monitor.tracker.activeRequests).toBe(0)
  })
}

async function answerTo(app: Running, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(bytes)
  const answer = await text(socket)
  await app.settled()
  return answer.replace(/^date: .*$/gim, 'date')
}
