import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { type DelayHistogram, EventLoopCollector, NO_DELAY } from '../../../src/collectors/runtime/event-loop.js'

/** Holds gaps between firings, in ms, as Node's histogram does in ns. */
class Gaps implements DelayHistogram {
  gaps: number[] = []
  isEnabled = false
  resets = 0

  enable(): boolean {
    // the next firing would be counted from the last one before `disable()`
    if (this.gaps.length > 0) throw new Error('a gap from before the rest')
    this.isEnabled = true
    return true
  }
  disable(): boolean {
    this.isEnabled = false
    return true
  }
  reset(): void {
    this.resets++
    this.gaps = []
  }
  get count(): number {
    return this.gaps.length
  }
  get mean(): number {
    return (this.gaps.reduce((sum, gap) => sum + gap, 0) / this.gaps.length) * 1e6
  }
  get max(): number {
    return Math.max(...this.gaps) * 1e6
  }
  percentile(percentile: number): number {
    const sorted = [...this.gaps].sort((a, b) => a - b)
    return (sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? 0) * 1e6
  }
}

function setUp() {
  const histogram = new Gaps()
  const state = { now: 0 }
  const collector = new EventLoopCollector({ histogram, monotonicMs: () => state.now })
  collector.start()
  collector.readDelay()
  const read = (intervalMs: number, gaps: number[]) => {
    state.now += intervalMs
    histogram.gaps = gaps
    return collector.readDelay()
  }
  return { histogram, collector, read, state }
}

const idle = (count: number) => new Array<number>(count).fill(10)

test('the resolution of the timer is not delay, and delay is never negative', () => {
  const { read } = setUp()
  expect(read(1000, [...idle(98), 9.9])).toEqual({ meanMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 })
  const delay = read(1000, [...idle(92), 70])
  expect(delay).toMatchObject({ p50Ms: 0, p99Ms: 60, maxMs: 60 })
  expect(delay.meanMs).toBeCloseTo(60 / 93)
})

test('each interval has its own figures, and the first (start-up) has none', () => {
  const histogram = new Gaps()
  const state = { now: 0 }
  const collector = new EventLoopCollector({ histogram, monotonicMs: () => state.now })
  collector.start()
  histogram.gaps = [2000]
  state.now = 2000
  expect(collector.readDelay()).toBe(NO_DELAY)
  histogram.gaps = idle(99)
  state.now = 3000
  expect(collector.readDelay().maxMs).toBe(0)
})

test('a block in the turn of the loop in which it is read is not lost with the reset', () => {
  const { read } = setUp()
  const delay = read(1000, idle(48)) // 480 ms covered: 520 ms after the last firing
  expect(delay).toMatchObject({ p50Ms: 0, p99Ms: 500, maxMs: 500 })
  expect(delay.meanMs).toBeCloseTo(500 / 49)
})

test('a block that is the whole interval', () => {
  const { read } = setUp()
  expect(read(3000, [])).toEqual({ meanMs: 2980, p50Ms: 2980, p99Ms: 2980, maxMs: 2980 })
})

test('a hidden block shorter than the longest one changes neither maximum nor median', () => {
  const { read } = setUp()
  expect(read(1000, [...idle(40), 410])).toMatchObject({ p50Ms: 0, p99Ms: 400, maxMs: 400 })
})

test('no firing yet, no figures', () => {
  const { read, collector, histogram } = setUp()
  expect(read(5, [])).toBe(NO_DELAY)
  collector.stop()
  expect(histogram.isEnabled).toBe(false)
  expect(collector.readDelay()).toBe(NO_DELAY)
  expect(collector.readUtilizationPercent()).toBeNull()
})

test('utilization is of the interval: after a busy one it is high whatever came before', async () => {
  const collector = new EventLoopCollector()
  collector.start()
  await new Promise(setImmediate)
  collector.readUtilizationPercent()
  await new Promise<void>((resolve) =>
    setImmediate(() => {
      const end = performance.now() + 30
      while (performance.now() < end);
      setImmediate(resolve)
    }),
  )
  expect(collector.readUtilizationPercent()).toBeGreaterThan(50)
  collector.stop()
})

test('while the loop rests its turns are its delay, and no timer runs', () => {
  const { collector, histogram, read, state } = setUp()
  state.now += 400
  collector.rest(true)
  collector.turned(30)
  // the timer sees it until the interval is over
  expect(read(600, [...idle(95), 40])).toMatchObject({ maxMs: 30 })
  expect(histogram.isEnabled).toBe(false)
  collector.turned(30)
  collector.turned(2)
  state.now += 500
  collector.rest(false)
  expect(histogram.isEnabled).toBe(true)
  const delay = read(500, [...idle(46), 30])
  expect(delay).toMatchObject({ p50Ms: 0, p99Ms: 20, maxMs: 30 })
  expect(delay.meanMs).toBeCloseTo((20 + 32) / 97)
  expect(read(1000, [...idle(90), 90])).toMatchObject({ maxMs: 80 })
})

test('an interval of rest alone has the delay of its longest turn, and touches no histogram', () => {
  const { collector, read, histogram } = setUp()
  collector.rest(true)
  read(1000, idle(98))
  const { resets } = histogram
  collector.turned(3)
  expect(read(1000, [])).toEqual({ meanMs: 3 / 100, p50Ms: 0, p99Ms: 0, maxMs: 3 })
  expect(read(1000, [])).toEqual({ meanMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 })
  expect(histogram.resets).toBe(resets)
  collector.stop()
  collector.rest(false)
  expect(histogram.isEnabled).toBe(false)
})

test('a rest that ends before the interval does was none: its time is no block', () => {
  const { collector, read, histogram, state } = setUp()
  histogram.gaps = idle(40)
  state.now += 400
  collector.rest(true)
  state.now += 300
  collector.rest(false)
  expect(read(300, idle(98))).toMatchObject({ p99Ms: 0, maxMs: 0 })
  expect(histogram.isEnabled).toBe(true)
})

test("Node's own histogram takes no rest for a block", async () => {
  const state = { now: 0 }
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  const collector = new EventLoopCollector({ histogram, monotonicMs: () => state.now })
  const fired = async () => {
    while (histogram.count === 0) await new Promise(setImmediate)
  }
  collector.start()
  await fired()
  collector.rest(true)
  collector.readDelay()
  const end = performance.now() + 250
  while (performance.now() < end);
  collector.rest(false)
  await fired()
  expect(histogram.max / 1e6).toBeLessThan(250)
  collector.stop()
})
