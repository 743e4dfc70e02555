import { AsyncResource } from 'node:async_hooks'
import { expect, test } from 'vitest'
import { operationAt, processMonotonicUs } from '../../src/profiler/slots.js'
import { Timeline } from '../../src/profiler/timeline.js'
import { newTracker } from '../monitor/new-tracker.js'

const past = (us: number) => {
  const end = processMonotonicUs() + us
  while (processMonotonicUs() < end);
}
/** The name of what ran at each moment that was noted. */
function reader(timeline: Timeline) {
  const at = operationAt(timeline.data, timeline.exchanges())
  const names = timeline.names()
  return (us: number) => names[at(us) - 1]?.operation ?? null
}
/** Now, with some slots before and after in which nothing changes. */
function moment(): number {
  past(300)
  const now = processMonotonicUs()
  past(300)
  return now
}

test('what runs is known at each moment: before and after await, in a timer, nested, outside', async () => {
  const { tracker } = newTracker()
  const timeline = new Timeline(tracker, 1000)
  timeline.start()
  const moments: [string | null, number][] = []
  const note = (expected: string | null) => moments.push([expected, moment()])
  const run = (name: string, fn: () => unknown) => tracker.operation('test', name).begin().run(fn)
  note(null)
  await Promise.all([
    run('a', async () => {
      note('a')
      await null
      note('a')
      run('nested', () => note('nested'))
      note('a')
      await new Promise<void>((resolve) =>
        setTimeout(() => {
          note('a')
          resolve()
        }, 1),
      )
      note('a')
    }),
    run('b', async () => {
      note('b')
      await new Promise((resolve) => setImmediate(resolve))
      note('b')
    }),
  ])
  timeline.stop()
  const nameAt = reader(timeline)
  expect(moments.map(([, us]) => nameAt(us))).toEqual(moments.map(([name]) => name))
  expect(moments).toHaveLength(9)
})

test('an ended run is that of what goes on around it; one that throws is left', () => {
  const { tracker } = newTracker()
  const timeline = new Timeline(tracker, 1000)
  timeline.start()
  const outer = tracker.operation('test', 'outer').begin()
  let within = 0
  let after = 0
  outer.run(() => {
    const inner = tracker.operation('test', 'inner').begin()
    inner.end()
    inner.run(() => {
      within = moment()
    })
  })
  expect(() =>
    outer.run(() => {
      throw new Error('mine')
    }),
  ).toThrow('mine')
  after = moment()
  timeline.stop()
  const nameAt = reader(timeline)
  expect([nameAt(within), nameAt(after)]).toEqual(['outer', null])
})

test('stopped, it observes nothing more', () => {
  const { tracker } = newTracker()
  const timeline = new Timeline(tracker, 1000)
  timeline.start()
  expect(tracker.observer).toBe(timeline)
  timeline.stop()
  timeline.stop()
  expect(tracker.observer).toBeNull()
  tracker
    .operation('test', 'a')
    .begin()
    .run(() => new AsyncResource('X').runInAsyncScope(() => past(50)))
  expect(timeline.names()).toEqual([])
})

test('a longer profile has longer slots in the same memory', () => {
  const { data } = new Timeline(newTracker().tracker, 60_000)
  expect(data.slotUs).toBe(61)
  expect(data.slots.byteLength).toBeLessThanOrEqual(4_000_000)
  expect(new Timeline(newTracker().tracker, 1000).data.slotUs).toBe(10)
})

test('a fault ends it, and reaches nobody: what a hook of async_hooks throws ends the process', async () => {
  const { tracker } = newTracker()
  const faults: unknown[] = []
  tracker.reportFault = (part, error) => faults.push([part, String(error)])
  const timeline = new Timeline(tracker, 1000)
  timeline.start()
  const span = tracker.operation('test', 'a').begin()
  Object.defineProperty(span, 'ended', {
    get: () => {
      throw new Error('ours')
    },
  })
  await tracker.runIn(span, async () => {
    await null
  })
  expect(faults).toEqual([['profiler', 'Error: ours']])
  expect(tracker.observer).toBeNull()
})

test('callbacks that never come back do not fill the memory', () => {
  const { tracker } = newTracker()
  const timeline = new Timeline(tracker, 1000)
  const span = tracker.operation('test', 'a').begin()
  for (let i = 0; i < 100_000; i++) timeline.enter(span)
  timeline.leave()
  expect(timeline.names()).toEqual([{ component: 'test', operation: 'a' }])
})
