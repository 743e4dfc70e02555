import { expect, test } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { ThreadPoolProbe } from '../../src/collectors/thread-pool-probe.js'

function setUp() {
  const clock = new ManualClock()
  const waiting: (() => void)[] = []
  const probe = new ThreadPoolProbe({ clock, job: (done) => waiting.push(done) })
  return { clock, waiting, probe }
}

test('the longest wait since the last reading', () => {
  const { clock, waiting, probe } = setUp()
  probe.start(1000)
  clock.advance(3)
  waiting.shift()?.()
  clock.advance(247)
  clock.advance(1)
  waiting.shift()?.()
  expect(probe.takeDelayMs()).toBe(3)
  expect(probe.takeDelayMs()).toBeNull() // nothing measured since
})

test('a saturated pool is seen while it is saturated, with one job waiting', () => {
  const { clock, waiting, probe } = setUp()
  probe.start(1000)
  for (const seconds of [1, 2, 3]) {
    clock.advance(1000)
    expect(probe.takeDelayMs()).toBe(seconds * 1000)
  }
  expect(waiting).toHaveLength(1)
  waiting.shift()?.()
  expect(probe.takeDelayMs()).toBe(3000)
})

test('stopped, it leaves no timer, and looks when it is told to', () => {
  const { clock, waiting, probe } = setUp()
  probe.start(100)
  probe.start(100)
  expect(clock.timerCount).toBe(1)
  probe.stop()
  expect(clock.timerCount).toBe(0)
  waiting.shift()?.()
  probe.probe()
  clock.advance(4)
  waiting.shift()?.()
  expect(probe.takeDelayMs()).toBe(4)
})

test("the real job's wait is measured", async () => {
  const probe = new ThreadPoolProbe({
    clock: {
      ...new ManualClock(),
      now: Date.now,
      monotonicMs: () => performance.now(),
      every: () => ({ cancel: () => {} }),
      after: () => ({ cancel: () => {} }),
    },
  })
  probe.start(1000)
  const { stat } = await import('node:fs/promises')
  await stat('/') // queued after the probe's
  await stat('/')
  expect(probe.takeDelayMs()).toBeGreaterThan(0)
})
