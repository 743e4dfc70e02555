import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { DEFAULT_LIMITS } from '../../src/config/defaults.js'
import { Guard } from '../../src/guard.js'
import { RunCaptures } from '../../src/tracker/captures.js'
import { Tracker } from '../../src/tracker/tracker.js'
import { type Handler, served } from './captured.js'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function timed({ serverTiming = true } = {}) {
  const clock = new ManualClock()
  const tracker = new Tracker({
    clock,
    guard: new Guard(clock, console),
    limits: DEFAULT_LIMITS,
    requestScope: true,
    isLongLived: null,
    captures: new RunCaptures({ clock, limits: DEFAULT_LIMITS }),
    serverTiming,
  })
  return { clock, tracker }
}

async function headerOf(handler: Handler, { clock, tracker } = timed()): Promise<string | null> {
  const server = await served(tracker, (req, res, exchange) => {
    clock.advance(5)
    return handler(req, res, exchange)
  })
  closers.push(() => server.close())
  return (await server.get('/')).headers.get('server-timing')
}

describe('Server-Timing', () => {
  it('says what is known when the head is written', async () => {
    const parts = timed()
    const { clock, tracker } = parts
    const run = (component: string, ms: number, inside = () => {}) => {
      const span = tracker.begin(tracker.operation(component, 'x'))
      span.run(inside)
      clock.advance(ms)
      span.end()
    }
    const header = await headerOf((_req, res, exchange) => {
      exchange.beginHandler(tracker.operation('handler', 'auth')).end()
      exchange.beginHandler(tracker.operation('handler', 'list'))
      run('db', 7.25, () => run('db', 1))
      run('db', 2)
      run('http-client', 3)
      run('pool', 1)
      run('job', 1)
      tracker.begin(tracker.operation('http-client', 'still runs'))
      clock.advance(4)
      res.write('head')
      clock.advance(100)
      res.end()
    }, parts)
    expect(header).toBe('total;dur=24.3, db;dur=10.3, http-client;dur=7.0, pool;dur=1.0, handler;dur=19.3')
  })

  const APP = 'cache;desc="hit"'
  const BOTH = `${APP}, total;dur=5.0`
  const FORMS: Record<string, [(res: ServerResponse) => unknown, string]> = {
    'nothing set': [(res) => res.end('x'), 'total;dur=5.0'],
    'set before': [(res) => res.setHeader('server-timing', APP).end(), BOTH],
    'set as a list': [(res) => res.setHeader('Server-Timing', [APP, 'b']).end(), `${APP}, b, total;dur=5.0`],
    flushed: [(res) => [res.flushHeaders(), res.end()], 'total;dur=5.0'],
    'writeHead without headers': [(res) => res.setHeader('server-timing', APP).writeHead(201).end(), BOTH],
    'writeHead with a message': [(res) => res.writeHead(201, 'Made', { 'server-timing': APP }).end(), BOTH],
    'writeHead with an object': [(res) => res.writeHead(200, { 'SERVER-TIMING': APP }).end(), BOTH],
    'writeHead with an object, set before': [
      (res) => res.setHeader('server-timing', APP).writeHead(200, { 'x-a': '1' }).end(),
      BOTH,
    ],
    'writeHead with a list': [(res) => res.writeHead(200, ['x-a', '1', 'server-timing', APP]).end(), BOTH],
    'writeHead with a list, set before': [
      (res) => res.setHeader('server-timing', APP).writeHead(200, ['x-a', '1']).end(),
      BOTH,
    ],
    'writeHead with pairs': [
      (res) => res.writeHead(200, [['x-a', '1'] as never, ['server-timing', APP] as never]).end(),
      BOTH,
    ],
    'writeHead with pairs of others': [(res) => res.writeHead(200, [['x-a', '1'] as never]).end(), 'total;dur=5.0'],
  }
  it.each(Object.entries(FORMS))('stands beside what the app sets: %s', async (_form, [send, header]) => {
    expect(await headerOf((_req, res) => send(res))).toBe(header)
  })

  it('leaves what the app gave to writeHead as it is', async () => {
    const headers = Object.freeze({ 'x-a': '1' })
    const list = Object.freeze(['x-a', '1']) as string[]
    await headerOf((_req, res) => res.writeHead(200, headers).end())
    await headerOf((_req, res) => res.writeHead(200, list).end())
    expect([headers, list]).toEqual([{ 'x-a': '1' }, ['x-a', '1']])
  })

  it("lets an error of the app be the app's", async () => {
    const thrown: unknown[] = []
    const attempt = (fn: () => unknown) => {
      try {
        fn()
      } catch (error) {
        thrown.push((error as { code?: string }).code)
      }
    }
    await headerOf((_req, res) => {
      attempt(() => res.writeHead(99))
      res.end()
      attempt(() => res.writeHead(200))
    })
    expect(thrown).toEqual(['ERR_HTTP_INVALID_STATUS_CODE', 'ERR_HTTP_HEADERS_SENT'])
  })

  it('is not there, and nothing on the response is ours, when it is off', async () => {
    const header = await headerOf(
      (_req, res) => {
        expect(Object.hasOwn(res, 'writeHead')).toBe(false)
        res.end()
      },
      timed({ serverTiming: false }),
    )
    expect(header).toBeNull()
  })

  it('works over HTTP/2', async () => {
    const { clock, tracker } = timed()
    const server = createHttp2Server((req, res) => {
      tracker.beginExchange(req as never, res as never)
      clock.advance(3)
      res.end('x')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    closers.push(async () => {
      const closed = once(server, 'close')
      client.destroy() // its answer was never read
      server.close()
      await closed
    })
    const [headers] = await once(client.request({ ':path': '/' }), 'response')
    expect(headers['server-timing']).toBe('total;dur=3.0')
  })
})
