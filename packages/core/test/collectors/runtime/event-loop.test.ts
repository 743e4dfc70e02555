import { expect, test } from 'vitest'
import { type DelayHistogram, EventLoopCollector, NO_DELAY } from '../../../src/collectors/runtime/event-loop.js'

/** Holds gaps between firings, in ms, as Node's histogram does in ns. */
class Gaps implements DelayHistogram {
  gaps: number[] = []
  isEnabled = false

  enable(): boolean {
    this.isEnabled = true
    return true
  }
  disable(): boolean {
    this.isEnabled = false
    return true
  }
  reset(): void {
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
  expect(histogram.isEnabled).toBe(false)
  collector.turned(30)
  collector.turned(2)
  state.now += 500
  collector.rest(false)
  expect(histogram.isEnabled).toBe(true)
  // 390 and 90 ms are covered, the rest begins and ends between two firings
  const delay = read(100, [...idle(46), 20])
  expect(delay).toMatchObject({ p50Ms: 0, p99Ms: 10, maxMs: 30 })
  expect(delay.meanMs).toBeCloseTo((10 + 32) / 97)
  expect(read(1000, [...idle(90), 90])).toMatchObject({ maxMs: 80 })
})

test('an interval of rest alone has the delay of its longest turn', () => {
  const { collector, read, histogram } = setUp()
  collector.rest(true)
  collector.turned(3)
  expect(read(1000, [])).toEqual({ meanMs: 3 / 100, p50Ms: 0, p99Ms: 0, maxMs: 3 })
  expect(read(1000, [])).toEqual({ meanMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 })
  collector.stop()
  collector.rest(false)
  expect(histogram.isEnabled).toBe(false)
})
