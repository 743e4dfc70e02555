import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { Tracker } from '../../src/tracker/tracker.js'
import { type Captured, captured, type Handler, served, treeOf } from './captured.js'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(handler: Handler, parts: Captured) {
  const server = await served(parts.tracker, handler)
  closers.push(() => server.close())
  return server
}

/** A run of `db name`, to be ended by the test. */
const begin = (tracker: Tracker, name: string) => tracker.begin(tracker.operation('db', name))

/** A query of that duration, in time that the test advances. */
async function query({ tracker, clock }: Captured, name: string, durationMs: number): Promise<void> {
  const span = begin(tracker, name)
  await span.run(async () => {
    await null
    clock.advance(durationMs)
  })
  span.end()
}

const GET_ORDERS = { component: 'http', operation: 'GET /orders' }

describe('traces', () => {
  it('are exact for sequential, nested and repeated children', async () => {
    const parts = captured()
    const { clock, tracker, window } = parts
    const server = await serve(async (_req, res) => {
      await query(parts, 'first', 10)
      const outer = tracker.begin(tracker.operation('handler', 'load'))
      await outer.run(async () => {
        for (let n = 0; n < 3; n++) await query(parts, 'repeated', 5)
        const inner = begin(tracker, 'nested')
        await inner.run(() => query(parts, 'deepest', 7))
        clock.advance(1)
        inner.end()
      })
      outer.end()
      clock.advance(2)
      res.end('ok')
    }, parts)
    await server.get('/orders')
    const [trace] = window().traces(GET_ORDERS)
    expect(trace).toMatchObject({
      reason: 'slow',
      durationMs: 35,
      outcome: 'success',
      statusCode: 200,
      droppedSpans: 0,
    })
    expect(treeOf(trace as never)).toEqual([
      'first@0+10',
      'load@10+23',
      '  repeated@10+5',
      '  repeated@15+5',
      '  repeated@20+5',
      '  nested@25+8',
      '    deepest@25+7',
    ])
    const route = tracker.find('http', 'GET /orders')
    const calls = [...(route?.children.values() ?? [])].map((edge) => [
      edge.child.operation,
      edge.intervalCalls,
      edge.intervalMs,
    ])
    expect(calls).toEqual([
      ['first', 1, 10],
      ['load', 1, 23],
    ])
    const load = tracker.find('handler', 'load')
    const loaded = [...(load?.children.values() ?? [])].map((edge) => [
      edge.child.operation,
      edge.intervalCalls,
      edge.intervalMs,
    ])
    expect(loaded).toEqual([
      ['repeated', 3, 15],
      ['nested', 1, 8],
    ])
  })

  it('are exact for parallel children, and for the same child at once', async () => {
    const parts = captured()
    const { clock, tracker, window } = parts
    const server = await serve((_req, res) => {
      const [a, b, again] = [begin(tracker, 'a'), begin(tracker, 'b'), begin(tracker, 'a')]
      clock.advance(4)
      a.end()
      clock.advance(2)
      again.end()
      clock.advance(3)
      b.end()
      res.end()
    }, parts)
    await server.get('/orders')
    const [trace] = window().traces(GET_ORDERS)
    expect(treeOf(trace as never)).toEqual(['a@0+4', 'b@0+9', 'a@0+6'])
    // covered by at least one child all the time
    expect(tracker.find('http', 'GET /orders')?.intervalCoveredMs).toBe(9)
  })

  it('find their parent across callbacks, timers, streams, emitters and microtasks', async () => {
    const parts = captured()
    const { tracker, window } = parts
    const server = await serve((_req, res) => {
      const emitter = new EventEmitter()
      const quick = (name: string) => begin(tracker, name).end()
      const steps: ((next: () => void) => void)[] = [
        (next) => setTimeout(() => [quick('timeout'), next()], 0),
        (next) => setImmediate(() => [quick('immediate'), next()]),
        (next) => process.nextTick(() => [quick('tick'), next()]),
        (next) => queueMicrotask(() => [quick('microtask'), next()]),
        (next) => {
          emitter.once('event', () => quick('emitter'))
          emitter.emit('event')
          next()
        },
        (next) =>
          Readable.from(['x'])
            .on('data', () => quick('data'))
            .on('end', () => [quick('end'), next()]),
        (next) => void Promise.resolve().then(() => [quick('then'), next()]),
      ]
      const outer = begin(tracker, 'callbacks')
      const run = (index: number): void => {
        const step = steps[index]
        if (step !== undefined) {
          step(() => run(index + 1))
          return
        }
        outer.end()
        res.end()
      }
      outer.run(() => run(0))
    }, parts)
    await server.get('/orders')
    const [trace] = window().traces(GET_ORDERS)
    expect(trace?.spans.map(({ operation, parent }) => [operation, parent])).toEqual([
      ['callbacks', null],
      ...['timeout', 'immediate', 'tick', 'microtask', 'emitter', 'data', 'end', 'then'].map((name) => [name, 0]),
    ])
  })

  it('keep requests that run at once apart', async () => {
    const parts = captured()
    const { tracker, window } = parts
    let release = () => {}
    const both = new Promise<void>((resolve) => {
      release = resolve
    })
    let arrived = 0
    const server = await serve(async (req, res) => {
      const name = req.url?.includes('a') ? 'a' : 'b'
      if (++arrived === 2) release()
      await both
      for (let n = 0; n < 3; n++) {
        const span = begin(tracker, name)
        await new Promise((resolve) => setImmediate(resolve))
        span.end()
      }
      res.end()
    }, parts)
    await Promise.all([server.get('/a'), server.get('/b')])
    for (const name of ['a', 'b']) {
      const [trace] = window().traces({ component: 'http', operation: `GET /${name}` })
      expect(trace?.spans.map(({ operation }) => operation)).toEqual([name, name, name])
    }
  })

  it('show handlers, and what ran in them below them', async () => {
    const parts = captured()
    const { clock, tracker, window } = parts
    const server = await serve((_req, res, exchange) => {
      const first = exchange.beginHandler(tracker.operation('handler', 'auth'))
      begin(tracker, 'session').end()
      first.end()
      const second = exchange.beginHandler(tracker.operation('handler', 'list'))
      const span = begin(tracker, 'select')
      clock.advance(5)
      span.end()
      second.end()
      res.end()
    }, parts)
    await server.get('/orders')
    expect(treeOf(window().traces(GET_ORDERS)[0] as never)).toEqual([
      'auth@0+0',
      '  session@0+0',
      'list@0+5',
      '  select@0+5',
    ])
  })

  it('say what still ran when the request ended, and what failed', async () => {
    const parts = captured()
    const { tracker, window } = parts
    let late = () => {}
    const server = await serve((_req, res) => {
      begin(tracker, 'broken').end(false)
      const span = begin(tracker, 'late')
      late = () => span.end()
      res.end()
    }, parts)
    await server.get('/orders')
    late()
    const [trace] = window().traces(GET_ORDERS)
    expect(treeOf(trace as never)).toEqual(['broken@0+0 failed', 'late@0+null'])
  })

  it('hold at most maxSpansPerTrace; what is below a span that is left out stands below the nearest around it', async () => {
    const parts = captured({ maxSpansPerTrace: 2 })
    const { tracker, window } = parts
    const server = await serve((_req, res) => {
      const outer = begin(tracker, 'outer')
      outer.run(() => {
        for (let n = 0; n < 4; n++) begin(tracker, 'inner').end()
      })
      outer.end()
      res.end()
    }, parts)
    await server.get('/orders')
    const [trace] = window().traces(GET_ORDERS)
    expect(trace?.droppedSpans).toBe(3)
    expect(trace?.spans.map(({ parent }) => parent)).toEqual([null, 0])
  })

  it('keep the slowest of each minute, the failed and a typical one each 10 s', async () => {
    const parts = captured()
    const { clock, window } = parts
    let ms = 0
    let status = 200
    const server = await serve((_req, res) => {
      clock.advance(ms)
      res.statusCode = status
      res.end()
    }, parts)
    const answer = async (durationMs: number, code = 200) => {
      ms = durationMs
      status = code
      await server.get('/orders')
    }
    for (const durationMs of [10, 50, 30, 20, 40, 5]) await answer(durationMs)
    await answer(1, 500)
    const kept = () =>
      window()
        .traces(GET_ORDERS)
        .map(({ reason, durationMs }) => [reason, durationMs])
    expect(kept()).toEqual([
      ['slow', 50],
      ['slow', 40],
      ['slow', 30],
      ['typical', 5],
      ['failed', 1],
    ])
    clock.advance(60_000)
    await answer(7)
    expect(kept().map(([, durationMs]) => durationMs)).toContain(7)
    for (let n = 0; n < 20; n++) await answer(1, 503)
    expect(kept().filter(([reason]) => reason === 'failed').length).toBe(6)
  })

  it('are given up after ten minutes, and earlier beyond maxTraces and maxTraceBytes', async () => {
    const parts = captured({ maxTraces: 3 })
    const { clock, reader, captures } = parts
    const server = await serve((_req, res) => res.end(), parts)
    for (const route of ['/a', '/b', '/c', '/d', '/e']) await server.get(route)
    const shown = () =>
      [...reader.list({ component: null, operation: null, limit: 10 })].map(({ operation }) => operation)
    expect(shown()).toEqual(['GET /e', 'GET /d', 'GET /c'])
    expect(captures.traces).toMatchObject({ size: 3, evictedForCount: 2, evictedForBytes: 0 })
    clock.advance(600_001)
    expect(shown()).toEqual([])
    await server.get('/a')
    expect(captures.traces.size).toBe(1)

    const small = captured({ maxTraceBytes: 1100 })
    const other = await serve((_req, res) => res.end(), small)
    for (const route of ['/a', '/b', '/c']) await other.get(route)
    expect(small.captures.traces).toMatchObject({ size: 2, evictedForBytes: 1 })
  })

  it('are read by id, operation and number', async () => {
    const parts = captured()
    const server = await serve((_req, res) => res.end(), parts)
    for (const route of ['/a', '/b', '/a']) await server.get(route)
    const { reader } = parts
    const [newest] = reader.list({ component: 'http', operation: 'GET /a', limit: 1 })
    expect(reader.get(newest?.id ?? '')).toEqual(newest)
    expect(reader.get('none')).toBeNull()
    expect([...reader.list({ component: 'db', operation: null, limit: 10 })]).toEqual([])
    expect([...reader.list({ component: null, operation: null, limit: 2 })].length).toBe(2)
  })

  it('take the ids of a W3C traceparent', async () => {
    const parts = captured()
    const server = await serve((_req, res) => res.end(), parts)
    await server.get('/orders', { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' })
    expect(parts.window().traces(GET_ORDERS)[0]).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentSpanId: '00f067aa0ba902b7',
    })
  })

  it('are kept of jobs that called something, and not of streams', async () => {
    const parts = captured()
    const { tracker, reader, clock } = parts
    begin(tracker, 'alone').end()
    const job = tracker.begin(tracker.operation('job', 'cleanup'))
    job.run(() => begin(tracker, 'delete').end())
    clock.advance(3)
    job.end()
    const server = await serve((_req, res) => {
      res.setHeader('content-type', 'text/event-stream')
      begin(tracker, 'subscribe').end()
      res.end('data: 1\n\n')
    }, parts)
    await server.get('/events')
    const all = [...reader.list({ component: null, operation: null, limit: 10 })]
    expect(all.map(({ component, operation, statusCode }) => [component, operation, statusCode])).toEqual([
      ['job', 'cleanup', null],
    ])
    expect(treeOf(all[0] as never)).toEqual(['delete@0+0'])
  })

  it('of what is held open, or runs for longer than they are shown, keep no calls in memory', async () => {
    const parts = captured()
    const { tracker, clock, reader } = parts
    const lengths: unknown[] = []
    const server = await serve((_req, res, exchange) => {
      begin(tracker, 'before').end()
      res.setHeader('content-type', 'text/event-stream').write('data: 1\n\n')
      // Node 26 puts the chunks of one turn together: what the response is shows when the turn ends
      setImmediate(() => {
        exchange.run(() => begin(tracker, 'after').end())
        lengths.push(exchange.log?.spans.length)
        res.end()
      })
    }, parts)
    await server.get('/events')
    await server.get('/poll', { prefer: 'wait=10' })
    expect(lengths).toEqual([0, 0])

    const job = tracker.begin(tracker.operation('job', 'worker'))
    job.run(() => {
      for (let n = 0; n < 5; n++) begin(tracker, 'poll').end()
      clock.advance(600_001)
      for (let n = 0; n < 5; n++) begin(tracker, 'poll').end()
    })
    expect(job.log?.spans).toEqual([])
    job.end()
    expect([...reader.list({ component: 'job', operation: null, limit: 1 })]).toMatchObject([
      { spans: [], droppedSpans: 10 },
    ])
  })

  it('leave nothing of a request in memory that the app still holds', async () => {
    const parts = captured()
    const { tracker } = parts
    const job = tracker.begin(tracker.operation('job', 'poll'))
    const inner = job.run(() => begin(tracker, 'connect'))
    const log = job.log
    expect(log?.spans.length).toBe(1)
    job.end()
    inner.run(() => begin(tracker, 'later').end())
    expect(log?.spans).toEqual([])
  })
})
