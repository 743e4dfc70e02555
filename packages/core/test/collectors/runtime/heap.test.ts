import { expect, test } from 'vitest'
import { ManualClock } from '../../../src/clock.js'
import { HeapCollector } from '../../../src/collectors/runtime/heap.js'

const MB = 1e6

function setUp() {
  const clock = new ManualClock()
  const heap = { newUsed: 0, newCapacity: 16 * MB, old: 50 * MB, large: 4 * MB, external: 3 * MB }
  const totals: { allocated?: number } = {}
  const space = (name: string, used: number, available = 0) => ({
    space_name: name,
    space_used_size: used,
    space_available_size: available,
  })
  const collector = new HeapCollector({
    clock,
    spaces: () => [
      space('new_space', heap.newUsed, heap.newCapacity - heap.newUsed),
      space('old_space', heap.old),
      space('new_large_object_space', 0),
      space('large_object_space', heap.large),
    ],
    statistics: () => ({ external_memory: heap.external, total_allocated_bytes: totals.allocated }),
  })
  collector.start()
  return { clock, heap, totals, collector }
}

test('the floor is what a major collection leaves of the old generation, in the interval of that collection', () => {
  const { clock, heap, collector } = setUp()
  clock.advance(1000)
  expect(collector.read()).toMatchObject({ oldSpaceBytes: 54 * MB, majorCount: 0, floorBytes: null })
  heap.old = 30 * MB
  collector.collected(['minor', 'major'])
  heap.old = 35 * MB
  heap.external = 9 * MB
  clock.advance(1000)
  expect(collector.read()).toMatchObject({
    oldSpaceBytes: 39 * MB,
    majorCount: 1,
    floorBytes: 34 * MB,
    externalFloorBytes: 3 * MB,
  })
  clock.advance(1000)
  expect(collector.read()).toMatchObject({ majorCount: 0, floorBytes: null, externalFloorBytes: null })
})

test('each minor collection stands for a young generation that was full', () => {
  const { clock, heap, collector } = setUp()
  heap.newUsed = 2 * MB
  heap.large = 5 * MB
  collector.collected(['minor', 'minor', 'incremental', null])
  clock.advance(500)
  expect(collector.read().allocatedBytesPerSecond).toBe(2 * (2 * 16 + 2 + 1) * MB)
})

test('what V8 counts itself is taken instead', () => {
  const { clock, totals, collector } = setUp()
  totals.allocated = 100 * MB
  clock.advance(1000)
  collector.read()
  totals.allocated = 130 * MB
  collector.collected(['minor'])
  clock.advance(2000)
  expect(collector.read().allocatedBytesPerSecond).toBe(15 * MB)
})

test('nothing before start and after stop', () => {
  const { collector } = setUp()
  collector.stop()
  expect(Object.values(collector.read())).toEqual([null, null, null, null, null])
})

test('the heap of this process', () => {
  const clock = new ManualClock()
  const collector = new HeapCollector({ clock })
  collector.start()
  const kept = Array.from({ length: 20_000 }, (_, n) => ({ n }))
  collector.collected(['major'])
  clock.advance(1000)
  const { oldSpaceBytes, floorBytes, allocatedBytesPerSecond } = collector.read()
  expect(kept).toHaveLength(20_000)
  expect(oldSpaceBytes).toBeGreaterThan(1 * MB)
  expect(floorBytes).toBeGreaterThan(1 * MB)
  expect(allocatedBytesPerSecond).toBeGreaterThanOrEqual(0)
})
