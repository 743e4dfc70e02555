import { expect, test, vi } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { RuntimeCollector } from '../../src/collectors/runtime-collector.js'
import { Guard } from '../../src/guard.js'

function setUp(overrides: { activeRequests?: () => number | null } = {}) {
  const clock = new ManualClock()
  const guard = new Guard(clock, { info: () => {}, warn: () => {}, error: () => {} })
  const collector = new RuntimeCollector({
    clock,
    guard,
    activeRequests: () => 3,
    ...overrides,
  })
  return { clock, guard, collector }
}

test('every field, from this process', () => {
  const { clock, guard, collector } = setUp()
  collector.start()
  clock.advance(1000)
  const metrics = collector.read({ threadPoolDelayMs: 0.5, openFiles: null })
  collector.stop()
  expect(metrics).toMatchObject({ threadPoolDelayMs: 0.5, activeRequests: 3 })
  expect(metrics.cpuPercent).toBeGreaterThanOrEqual(0)
  expect(metrics.rssBytes).toBeGreaterThan(0)
  expect(metrics.gc.count).toBeGreaterThanOrEqual(0)
  expect(metrics.activeResources).not.toBeNull()
  expect(metrics.eventLoopDelay).toEqual({ meanMs: null, p50Ms: null, p99Ms: null, maxMs: null })
  expect(guard.faults).toEqual([])
})

test('what throws is contained, reported, and null', () => {
  const { clock, guard, collector } = setUp({
    activeRequests: () => {
      throw new Error('no tracker')
    },
  })
  const list = vi.spyOn(process, 'getActiveResourcesInfo').mockImplementation(() => {
    throw new Error('not today')
  })
  collector.start()
  clock.advance(1000)
  const metrics = collector.read({ threadPoolDelayMs: 0.5, openFiles: null })
  collector.stop()
  list.mockRestore()
  expect(metrics).toMatchObject({ activeRequests: null, activeResources: null, threadPoolDelayMs: 0.5 })
  expect(guard.faults.map(({ part, lastError }) => `${part}: ${lastError}`)).toEqual([
    'runtime.active-resources: not today',
    'runtime.active-requests: no tracker',
  ])
})

test('stopped, it measures nothing and can be started again', () => {
  const { clock, collector, guard } = setUp()
  const read = () => {
    clock.advance(1000)
    return collector.read()
  }
  expect(read().cpuPercent).toBeNull()
  collector.start()
  collector.start()
  expect(read().cpuPercent).not.toBeNull()
  collector.stop()
  collector.stop()
  expect(read()).toMatchObject({ cpuPercent: null, eventLoopUtilizationPercent: null, gc: { count: null } })
  collector.start()
  expect(read().cpuPercent).not.toBeNull()
  collector.stop()
  expect(guard.faults).toEqual([])
})

test('gauges by name, of the same reading', () => {
  const clock = new ManualClock()
  const guard = new Guard(clock, { info: () => {}, warn: () => {}, error: () => {} })
  const collector = new RuntimeCollector({
    clock,
    guard,
    activeRequests: () => 0,
  })
  collector.start()
  const timer = setTimeout(() => {}, 60_000)
  clock.advance(1000)
  const { activeResources } = collector.read({ threadPoolDelayMs: null, openFiles: 17 })
  const gauges = collector.gauges()
  clearTimeout(timer)
  collector.stop()
  expect(gauges.get('resource.openFiles')).toBe(17)
  expect(gauges.get('resource.Timeout')).toBe(activeResources?.Timeout)
  expect(gauges.get('threadPool.size')).toBeGreaterThanOrEqual(1)
  expect(gauges.get('heap.oldSpaceBytes')).toBeGreaterThan(1e6)
  expect(gauges.get('gc.majorCount')).toBeGreaterThanOrEqual(0)
  expect(guard.faults).toEqual([])
})
