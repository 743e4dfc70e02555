// What the monitor makes of the pools: gauges in history, captures for the optimizer's rules.
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { PerformanceMonitor } from '../../src/monitor/performance-monitor.js'
import type { Captures } from '../../src/types/captures.js'

const { Pool } = createRequire(import.meta.url)('tarn')

test('a pool is seen by rules and in history', async () => {
  const monitor = new PerformanceMonitor({ logger: { info() {}, warn() {}, error() {} } })
  let seen: Captures | null = null
  let gauges: (number | null)[] | undefined
  monitor.optimizer.addRule({
    name: 'looks on',
    evaluate({ captures, window }) {
      seen = captures
      gauges = [...(window.gauge?.('pool.tarn.open') ?? [])]
      return []
    },
  })
  await monitor.start()
  const pool = new Pool({ create: async () => ({}), destroy: () => {}, min: 0, max: 3 })
  const taken = await monitor.track('job', 'holder', () => pool.acquire().promise)
  await monitor.sample()
  await monitor.identifyBottlenecks({ windowMs: 60_000 })
  expect((seen as Captures | null)?.pools).toMatchObject([
    {
      name: 'tarn',
      maxConnections: 3,
      openConnections: 1,
      idleConnections: 0,
      holders: [{ component: 'job', operation: 'holder', held: 1 }],
    },
  ])
  expect(gauges?.at(-1)).toBe(1)
  const history = await monitor.getHistory({ from: Date.now() - 60_000, to: Date.now() + 10_000 })
  expect(history.gauges?.['pool.tarn.max']?.filter((value) => value !== null)).toEqual([3])
  expect(Object.keys(history.gauges ?? {})).toEqual(expect.arrayContaining(['heap.oldSpaceBytes', 'threadPool.size']))
  pool.release(taken)
  await monitor.stop()
  await pool.destroy()
  // beside the sources there is no built thread
  expect(monitor.guard.faults.filter(({ part }) => part !== 'system-thread')).toEqual([])
})
