import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { beginCall, runBeside } from '../../src/instruments/spans.js'
import { measured } from './measured.js'

describe('beginCall', () => {
  it('does not count a second time what the app times under the same name', () => {
    const clock = new ManualClock()
    const { tracker, tree } = measured({ clock })
    const operation = tracker.operation('http-client', 'GET api.local')
    const outer = tracker.begin(operation)
    outer.run(() => {
      clock.advance(5)
      expect(beginCall(tracker, operation)).toBeNull()
      clock.advance(5)
    })
    expect(operation.active).toBe(1)
    outer.end()
    expect(operation.active).toBe(0)
    expect(tree()).toEqual({ 'http-client GET api.local': { success: 1, failure: 0, children: {} } })
    expect(operation.interval.coveredMs).toBe(0)
    expect(tracker.rejectedChildren).toBe(0)
  })

  it('leaves other children of that run, and their times, as they are', () => {
    const clock = new ManualClock()
    const { tracker } = measured({ clock })
    const operation = tracker.operation('db', 'select ?')
    const other = tracker.operation('pool', 'pg')
    const outer = tracker.begin(operation)
    outer.run(() => {
      const running = tracker.begin(other)
      clock.advance(5)
      beginCall(tracker, operation)
      clock.advance(5)
      running.end()
      clock.advance(5)
    })
    outer.end()
    expect(operation.interval.coveredMs).toBe(10)
    expect(operation.interval.children).toEqual([{ childId: other.id, calls: 1, totalMs: 10 }])
  })

  it('counts the same operation beside, and below another one', () => {
    const { tracker, tree } = measured()
    const operation = tracker.operation('db', 'select ?')
    beginCall(tracker, operation)?.end()
    const outer = tracker.begin(tracker.operation('repository', 'find'))
    outer.run(() => beginCall(tracker, operation)?.end())
    outer.end()
    expect(tree()).toEqual({
      'db select ?': { success: 2, failure: 0, children: {} },
      'repository find': { success: 1, failure: 0, children: { 'db select ?': 1 } },
    })
  })
})

describe('runBeside', () => {
  it('puts what begins where the call was made, be that nowhere', () => {
    const { tracker, tree } = measured()
    const query = tracker.operation('db', 'select ?')
    const a = tracker.begin(tracker.operation('job', 'a'))
    const b = tracker.begin(tracker.operation('job', 'b'))
    const ofA = a.run(() => tracker.begin(tracker.operation('pool', 'pg')))
    const ofNobody = tracker.begin(tracker.operation('pool', 'pg'))
    b.run(() => {
      runBeside(tracker, ofA, () => query.begin().end())
      runBeside(tracker, ofNobody, () => query.begin().end())
    })
    for (const span of [ofA, ofNobody, a, b]) span.end()
    expect(tree()['job a']?.children).toEqual({ 'db select ?': 1, 'pool pg': 1 })
    expect(tree()['job b']?.children).toEqual({})
    expect(tree()['db select ?']?.success).toBe(2)
  })
})
