import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import { type ForeignScope, ForeignSpan } from '../../src/tracker/foreign-span.js'
import type { Operation } from '../../src/tracker/operation.js'
import type { Span } from '../../src/tracker/span.js'
import { Tracker } from '../../src/tracker/tracker.js'

function setUp() {
  const clock = new ManualClock()
  const guard = new Guard(clock, { info() {}, warn() {}, error() {} })
  const limits = { maxOperations: 100, maxChildrenPerOperation: 3 }
  const tracker = new Tracker({ clock, guard, limits, requestScope: true, isLongLived: null })
  const job = tracker.operation('job', 'import')
  const begin = (operation: Operation, parent: Span | null = null, startMs = clock.monotonicMs()) =>
    new ForeignSpan(tracker, operation, { parent, startMs })
  const childrenOf = ({ children }: Operation) =>
    [...children.values()].map(({ child, intervalCalls, intervalMs }) => [child.operation, intervalCalls, intervalMs])
  return { clock, tracker, job, begin, childrenOf }
}

describe('ForeignSpan', () => {
  it('is recorded under the name of its end, with what ran in it', () => {
    const { clock, tracker, job, begin, childrenOf } = setUp()
    const named = tracker.operation('job', 'import of orders')
    const child = tracker.operation('db', 'q')
    const span = begin(job)
    expect([job.active, span.running]).toEqual([1, job])
    clock.advance(10)
    begin(child, span).end() // 0 ms
    const inner = begin(child, span)
    clock.advance(20)
    inner.end()
    clock.advance(70)
    span.endAs({ operation: named, durationMs: 100, success: true })
    span.end() // a second end does nothing
    expect([job.active, job.intervalCount, named.intervalCount, named.intervalCoveredMs]).toEqual([0, 0, 1, 20])
    expect(childrenOf(named)).toEqual([['q', 2, 20]])
    expect(childrenOf(job)).toEqual([])
    expect(span.hasChildOf('db')).toBe(false) // given away
  })

  it('covers the time of children that overlap, still run, or are told of afterwards', () => {
    const { clock, tracker, job, begin } = setUp()
    const child = tracker.operation('db', 'q')
    const span = begin(job)
    clock.advance(100)
    begin(child, span, 20).endAs({ operation: child, durationMs: 30, success: true }) // 20 to 50
    begin(child, span, 40).endAs({ operation: child, durationMs: 20, success: true }) // 40 to 60
    begin(child, span) // never ends: from 100
    clock.advance(10)
    span.endAs({ operation: job, durationMs: 110, success: true })
    expect(job.intervalCoveredMs).toBe(50)
  })

  it('is a child of a run of this process, also when it ends after it', () => {
    const { clock, tracker, job, begin, childrenOf } = setUp()
    const outer = tracker.begin(tracker.operation('worker', 'outer'))
    const span = begin(job, outer)
    clock.advance(5)
    outer.end()
    clock.advance(5)
    span.end()
    expect(childrenOf(outer.operation)).toEqual([['import', 1, 10]])
    expect(outer.operation.intervalCoveredMs).toBe(5)
  })

  it('gives late children to the operation it became, and bounds their kinds', () => {
    const { tracker, job, begin, childrenOf } = setUp()
    const span = begin(job)
    const late = begin(tracker.operation('db', 'late'), span)
    for (let i = 0; i < 5; i++) begin(tracker.operation('db', `q${i}`), span).end()
    span.end()
    expect(childrenOf(job)).toHaveLength(3)
    expect(tracker.rejectedChildren).toBe(2)
    late.end()
    expect(tracker.rejectedChildren).toBe(3) // its three kinds of children are taken
  })

  it('records nothing when it is abandoned, or lasted no time that is one', () => {
    const { tracker, job, begin } = setUp()
    begin(job).abandon()
    for (const durationMs of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      begin(job).endAs({ operation: job, durationMs, success: true })
    expect([job.active, job.intervalCount, tracker.rejectedDurations]).toEqual([0, 0, 3])
  })

  it('counts requests with their status', () => {
    const { tracker, begin } = setUp()
    const route = tracker.httpOperation('GET', '/a')
    const span = begin(route)
    expect(span.caller).toBeNull() // its route may still change
    span.endAs({ operation: route, durationMs: 5, success: false, statusCode: 503 })
    expect(route.series.map(({ outcome, statusCode }) => [outcome, statusCode])).toEqual([['failure', 503]])
  })
})

describe('ForeignScope', () => {
  it('says where runs that begin belong', () => {
    const { tracker, job, begin, childrenOf } = setUp()
    const span = begin(job)
    const asked: (Span | null)[] = []
    const scope: ForeignScope = {
      innermost(own) {
        asked.push(own)
        return span
      },
      exchangeBegan() {},
      traceOf: () => null,
    }
    tracker.foreign = scope
    const query = tracker.begin(tracker.operation('db', 'q'))
    tracker.foreign = null
    expect(query.outer).toBe(span)
    expect(asked).toEqual([null])
    query.end()
    span.end()
    expect(childrenOf(job)).toEqual([['q', 1, 0]])
  })
})

describe('runUnmeasured', () => {
  it('hides what the monitor does itself from instruments, and has no parent', () => {
    const { tracker, job } = setUp()
    expect(tracker.isUnmeasured).toBe(false)
    const outer = tracker.begin(job)
    outer.run(() => {
      tracker.runUnmeasured(() => {
        expect(tracker.isUnmeasured).toBe(true)
        expect(tracker.innermost()).toBeNull()
        expect(tracker.current()).toBeNull()
      })
      expect(tracker.isUnmeasured).toBe(false)
    })
  })
})
