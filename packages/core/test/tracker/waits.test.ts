import { afterEach, describe, expect, it } from 'vitest'
import { IntervalSums } from '../../src/history/accumulator.js'
import { ByteWriter } from '../../src/history/bytes.js'
import { encodeOperation } from '../../src/history/codec.js'
import { runAtOnce } from '../../src/history/slices.js'
import { type Captured, captured, served } from './captured.js'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** As a window of history shows it, after it was encoded. */
function viewOf({ tracker }: Captured, component: string, operation: string) {
  const found = tracker.find(component, operation)
  if (found === null) throw new Error(`no ${operation}`)
  const writer = new ByteWriter()
  encodeOperation(writer, found.interval)
  const sums = new IntervalSums({
    keepsChildren: tracker.hasScope,
    waitKinds: tracker.waitKinds,
    lookUp: (id) => {
      const { component, operation } = tracker.operations[id] as (typeof tracker.operations)[number]
      return { component, operation, active: 0, activeStreams: 0, lastUpdatedMs: null }
    },
  })
  const encoded = writer.take()
  runAtOnce(sums.apply(encoded))
  const view = sums.operation(found.id)
  const { waits } = view
  runAtOnce(sums.apply(encoded, -1))
  expect(view.waits).toEqual(
    Object.fromEntries(Object.entries(waits).map(([name, ms]) => [name, ms === null ? null : 0])),
  )
  return waits
}

describe('waits', () => {
  it('are summed for everything around them, at any depth', async () => {
    const parts = captured()
    const { tracker, clock } = parts
    const wait = (name: string, ms: number) => {
      const span = tracker.begin(tracker.operation('pool', name))
      clock.advance(ms)
      span.end()
    }
    const server = await served(tracker, (_req, res, exchange) => {
      const handler = exchange.beginHandler(tracker.operation('handler', 'list'))
      wait('pg', 5)
      const call = tracker.begin(tracker.operation('http-client', 'GET api'))
      call.run(() => wait('pg', 2))
      clock.advance(1)
      const before = tracker.nowMs()
      clock.advance(7)
      call.addPart(tracker.operation('pool', 'agent api'), before)
      call.end()
      handler.end()
      res.end()
    })
    closers.push(() => server.close())
    await server.get('/orders')
    const measured = { eventLoopMs: null, threadPoolMs: null }
    expect(viewOf(parts, 'http-client', 'GET api')).toEqual({ ...measured, connectionPoolMs: 2, socketMs: 7 })
    expect(viewOf(parts, 'handler', 'list')).toEqual({ ...measured, connectionPoolMs: 7, socketMs: 7 })
    expect(viewOf(parts, 'http', 'GET /orders')).toEqual({ ...measured, connectionPoolMs: 7, socketMs: 7 })
    // the part is a call like any other
    expect(tracker.find('pool', 'agent api')?.intervalCount).toBe(1)
    expect(tracker.find('http-client', 'GET api')?.intervalCoveredMs).toBe(9)
    const [trace] = parts.window().traces({ component: 'http', operation: 'GET /orders' })
    expect(trace?.spans.map(({ operation, startMs, durationMs }) => [operation, startMs, durationMs])).toContainEqual([
      'agent api',
      8,
      7,
    ])
  })

  it('move to the totals with their interval', () => {
    const { tracker, clock } = captured()
    const job = tracker.begin(tracker.operation('job', 'a'))
    const wait = job.run(() => tracker.begin(tracker.operation('pool', 'pg')))
    clock.advance(4)
    wait.end()
    job.end()
    const { operation } = job
    operation.closeInterval(1)
    expect([operation.intervalWaits, operation.totalWaits]).toEqual([null, { poolMs: 4, socketMs: 0 }])
    operation.closeInterval(2)
    expect(operation.closed.waits).toEqual({ poolMs: 4, socketMs: 0 })
  })

  it('that nobody measures are not known to be none', () => {
    const parts = captured()
    const { tracker } = parts
    tracker.operation('job', 'a').record(1)
    const unknown = { eventLoopMs: null, threadPoolMs: null, connectionPoolMs: null, socketMs: null }
    expect(viewOf(parts, 'job', 'a')).toEqual(unknown)
    tracker.operation('pool', 'pg')
    expect(viewOf(parts, 'job', 'a')).toEqual({ ...unknown, connectionPoolMs: 0 })
  })
})
