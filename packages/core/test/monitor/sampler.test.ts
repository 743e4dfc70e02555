import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import { IntervalSums } from '../../src/history/accumulator.js'
import { Sampler } from '../../src/monitor/sampler.js'
import { Tracker } from '../../src/tracker/tracker.js'
import { directory } from '../history/helpers.js'

const SILENT = { info() {}, warn() {}, error() {} }

function newSampler() {
  const clock = new ManualClock()
  const guard = new Guard(clock, SILENT)
  const limits = { maxOperations: 100, maxChildrenPerOperation: 10 }
  const tracker = new Tracker({ clock, guard, limits, requestScope: false, isLongLived: null })
  const sums = new IntervalSums(directory)
  const sampler = new Sampler({
    clock,
    guard,
    tracker,
    intervalMs: 1000,
    read: () => ({ system: null, runtime: null }),
    consume: (sample) => sums.apply(sample.operations),
  })
  return { tracker, sampler, sums }
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a sampler that is held', () => {
  it('takes no sample until the last one lets go, and then everything once', async () => {
    const { tracker, sampler, sums } = newSampler()
    const operation = tracker.operation('db', 'query')
    operation.record(5)
    const [first, second] = [await sampler.hold(), await sampler.hold()]
    const sampled = sampler.sample()
    operation.record(6)
    first()
    first() // again: it is not the second's
    await turns(3)
    expect(sampler.samples).toBe(0)
    expect(operation.intervalCount).toBe(2)
    second()
    await sampled
    expect(sampler.samples).toBe(1)
    expect(operation.intervalCount).toBe(0)
    expect(sums.operation(operation.id).count).toBe(2)
    await sampler.sample()
    expect(sampler.samples).toBe(2)
  })

  it('is not held in the middle of a sample', async () => {
    const { tracker, sampler } = newSampler()
    for (let n = 0; n < 50; n++) tracker.operation('db', `query ${n}`).record(1)
    const sampled = sampler.sample()
    const release = await sampler.hold()
    expect(sampler.samples).toBe(1)
    expect(tracker.hasDirty).toBe(false)
    release()
    await sampled
  })

  it('gives the last sample to who stops it meanwhile', async () => {
    const { tracker, sampler } = newSampler()
    sampler.start()
    tracker.operation('db', 'query').record(1)
    const release = await sampler.hold()
    const stopped = sampler.stop()
    release()
    await stopped
    expect(sampler.samples).toBe(1)
    expect(tracker.hasDirty).toBe(false)
  })
})

it('knows the operation with the most children', () => {
  const { tracker, sampler } = newSampler()
  const parent = tracker.operation('http', 'GET /')
  for (let n = 0; n < 4; n++) parent.addChild(tracker.operation('db', `query ${n}`), 1, 5)
  expect(sampler.mostChildren).toBe(0)
  return sampler.sample().then(() => expect(sampler.mostChildren).toBe(4))
})
