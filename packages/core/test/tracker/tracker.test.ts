import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import { Tracker } from '../../src/tracker/tracker.js'

function newTracker({ maxOperations = 100, maxChildrenPerOperation = 10, requestScope = true } = {}) {
  const clock = new ManualClock()
  const guard = new Guard(clock, console)
  const limits = { maxOperations, maxChildrenPerOperation }
  return { clock, tracker: new Tracker({ clock, guard, limits, requestScope, isLongLived: null }) }
}

describe('Tracker', () => {
  it('keeps one operation per component and name', () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('db', 'SELECT 1')
    expect(tracker.operation('db', 'SELECT 1')).toBe(operation)
    expect(tracker.operation('cache', 'SELECT 1')).not.toBe(operation)
    expect(tracker.operationCount).toBe(2)
  })

  it('counts under (other) of the component beyond its limit, so that totals stay true', () => {
    const { tracker } = newTracker({ maxOperations: 3 })
    for (let n = 0; n < 50; n++) tracker.operation('job', `job ${n}`).record(1)
    const counts = tracker.operations.map(({ operation, intervalCount }) => [operation, intervalCount])
    expect(counts).toEqual([
      ['job 0', 1],
      ['job 1', 1],
      ['job 2', 1],
      ['(other)', 47],
    ])
    expect(tracker.rejectedOperations).toBe(47)
  })

  it('bounds components, names and methods', () => {
    const { tracker } = newTracker({ maxOperations: 2 })
    for (let n = 0; n < 1000; n++) tracker.operation(`component ${n}`, 'x').record(1)
    expect(tracker.operationCount).toBeLessThanOrEqual(2 + 201)
    expect(tracker.operation('job', 'x'.repeat(10_000)).operation.length).toBeLessThanOrEqual(400)
    expect(['GET', 'PROPFIND', 'get', 'HACK', undefined].map((method) => tracker.methodName(method))).toEqual([
      'GET',
      'PROPFIND',
      '_OTHER',
      '_OTHER',
      '_OTHER',
    ])
  })

  it('refuses names that are none', () => {
    const { tracker } = newTracker()
    expect(() => tracker.operation('', 'x')).toThrow('`component` must be a non-empty string, got ""')
    expect(() => tracker.operation('x', 7 as never)).toThrow('`operation` must be a non-empty string, got number')
  })

  it('takes names of Object.prototype for what they are', () => {
    const { tracker } = newTracker()
    for (const name of ['__proto__', 'constructor', 'toString']) tracker.operation(name, name).record(1)
    expect(tracker.operations.map(({ intervalCount }) => intervalCount)).toEqual([1, 1, 1])
  })

  it('rejects what is no duration before it poisons a sum', () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('job', 'x')
    for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY, '5' as never]) operation.record(bad)
    operation.record(5)
    expect(operation.intervalCount).toBe(1)
    expect(operation.series[0]?.interval.sum).toBe(5)
    expect(tracker.rejectedDurations).toBe(4)
  })

  it('lists an operation once per interval, whatever it recorded', () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('job', 'x')
    operation.record(1)
    operation.record(1, false)
    expect(tracker.takeDirty()).toEqual([operation])
    operation.record(1) // before it was closed: still part of the interval that is being encoded
    expect(tracker.takeDirty()).toEqual([])
    operation.closeInterval(1000)
    expect(operation.series.map(({ outcome, total }) => [outcome, total.count])).toEqual([
      ['success', 2],
      ['failure', 1],
    ])
    operation.record(1)
    expect(tracker.takeDirty()).toEqual([operation])
  })
})

describe('spans', () => {
  it('measures from begin to end, once', () => {
    const { tracker, clock } = newTracker()
    const operation = tracker.operation('job', 'x')
    const span = operation.begin()
    clock.advance(12)
    expect(operation.active).toBe(1)
    span.end(false)
    span.end()
    expect(operation.active).toBe(0)
    expect(operation.series.map(({ outcome, interval }) => [outcome, interval.count, interval.sum])).toEqual([
      ['failure', 1, 12],
    ])
  })

  it('finds its parent across await, timers and parallel branches; own time counts overlaps once', async () => {
    const { tracker, clock } = newTracker()
    const parent = tracker.operation('http', 'GET /')
    const a = tracker.operation('db', 'a')
    const b = tracker.operation('db', 'b')
    const span = tracker.begin(tracker.operation('job', 'parent'))
    await span.run(async () => {
      clock.advance(10) // own
      const first = a.begin()
      clock.advance(5)
      const second = b.begin()
      await turn()
      clock.advance(5)
      first.end()
      clock.advance(5)
      second.end() // children covered 15 ms
      await turn()
      clock.advance(20) // own
      const third = a.begin()
      clock.advance(2)
      third.end()
    })
    span.end()
    const { coveredMs, children } = span.operation.interval
    expect(coveredMs).toBe(17)
    expect([...children]).toEqual([
      { childId: a.id, calls: 2, totalMs: 12 },
      { childId: b.id, calls: 1, totalMs: 10 },
    ])
    expect(span.operation.series[0]?.interval.sum).toBe(47)
    expect([...parent.interval.children]).toEqual([])
  })

  it('counts a child that outlives its parent as a call that covers nothing beyond the parent', () => {
    const { tracker, clock } = newTracker()
    const child = tracker.operation('db', 'late')
    const span = tracker.begin(tracker.operation('job', 'parent'))
    const late = span.run(() => child.begin())
    clock.advance(10)
    span.end()
    clock.advance(100)
    late.end()
    expect(span.operation.interval.coveredMs).toBe(10)
    expect([...span.operation.interval.children]).toEqual([{ childId: child.id, calls: 1, totalMs: 110 }])
  })

  it('takes what outlives an inner run for the work of the outer one', () => {
    const { tracker } = newTracker()
    const outer = tracker.begin(tracker.operation('job', 'outer'))
    const query = tracker.operation('db', 'later')
    outer.run(() => {
      const inner = tracker.begin(tracker.operation('job', 'inner'))
      inner.run(() => {
        inner.end()
        query.begin().end()
      })
    })
    outer.end()
    expect([...outer.operation.interval.children].map(({ childId }) => tracker.byId(childId)?.operation)).toEqual([
      'inner',
      'later',
    ])
  })

  it('takes what begins after its parent ended for work of its own', () => {
    const { tracker } = newTracker()
    const span = tracker.begin(tracker.operation('job', 'parent'))
    span.run(() => {
      span.end()
      tracker.operation('db', 'afterwards').begin().end()
    })
    expect([...span.operation.interval.children]).toEqual([])
    expect(tracker.operation('db', 'afterwards').intervalCount).toBe(1)
  })

  it('bounds the children that are kept apart, and counts what it turned away', () => {
    const { tracker } = newTracker({ maxChildrenPerOperation: 2 })
    const span = tracker.begin(tracker.operation('job', 'parent'))
    for (let n = 0; n < 5; n++) span.run(() => tracker.operation('db', `q${n}`).begin()).end()
    span.end()
    expect([...span.operation.interval.children]).toHaveLength(2)
    expect(tracker.rejectedChildren).toBe(3)
  })

  it('keeps no children without the request scope', () => {
    const { tracker } = newTracker({ requestScope: false })
    const span = tracker.begin(tracker.operation('job', 'parent'))
    span.run(() => tracker.operation('db', 'q').begin()).end()
    span.end()
    expect([...span.operation.interval.children]).toEqual([])
  })
})
