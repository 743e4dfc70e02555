import { constants } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { ManualClock } from '../../../src/clock.js'
import { GcCollector } from '../../../src/collectors/runtime/gc.js'

test('every entry of a batch counts, per interval', () => {
  const clock = new ManualClock()
  const gc = new GcCollector({ clock })
  gc.start()
  gc.read()
  clock.advance(1000)
  gc.add([{ duration: 10 }, { duration: 30 }])
  gc.add([{ duration: 10 }])
  const first = gc.read()
  gc.stop()
  // a collection of the test's own process may have been added
  expect(first.count).toBeGreaterThanOrEqual(3)
  expect(first.pausePercent).toBeGreaterThanOrEqual(5)
  expect(first.maxPauseMs).toBeGreaterThanOrEqual(30)
})

test('kinds are kept apart since start', () => {
  const gc = new GcCollector({ clock: new ManualClock() })
  gc.add([
    { duration: 2, detail: { kind: constants.NODE_PERFORMANCE_GC_MINOR } },
    { duration: 3, detail: { kind: constants.NODE_PERFORMANCE_GC_MINOR } },
    { duration: 40, detail: { kind: constants.NODE_PERFORMANCE_GC_MAJOR } },
    { duration: 1, detail: { kind: 12345 } },
  ])
  const totals = [...gc.totals].map(([kind, { count, sum }]) => [kind, count, sum])
  expect(totals).toEqual([
    ['minor', 2, 5],
    ['major', 1, 40],
  ])
})

test('real collections are seen, and gone in the next interval', async () => {
  const clock = new ManualClock()
  const gc = new GcCollector({ clock })
  gc.start()
  const kept: number[][] = []
  let count = 0
  // entries are delivered by the loop: fill the young generation until some were
  for (let turn = 0; turn < 200 && count === 0; turn++) {
    for (let index = 0; index < 200; index++) kept.push(new Array(1000).fill(index))
    if (kept.length > 2000) kept.length = 0
    await new Promise(setImmediate)
    clock.advance(10)
    count = gc.read().count ?? 0
  }
  expect(count).toBeGreaterThan(0)
  expect([...gc.totals.values()].reduce((sum, durations) => sum + durations.count, 0)).toBeGreaterThan(0)
  gc.stop()
  expect(gc.read()).toEqual({ pausePercent: null, count: null, maxPauseMs: null })
})

test('no time, no share; no collection, no longest pause', () => {
  const gc = new GcCollector({ clock: new ManualClock() })
  gc.start()
  gc.read()
  const metrics = gc.read()
  gc.stop()
  expect(metrics.pausePercent).toBeNull()
  if (metrics.count === 0) expect(metrics.maxPauseMs).toBeNull()
})
