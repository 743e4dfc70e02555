import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { resolveConfig } from '../../src/config/resolve.js'
import { PerfMonitorError } from '../../src/errors.js'
import { buildParts } from '../../src/monitor/parts.js'
import type { PerformanceSnapshot } from '../../src/types/metrics.js'

const SILENT = { info() {}, warn() {}, error() {} }
const OPERATIONS = 2000

function newParts() {
  const clock = new ManualClock()
  const config = resolveConfig({ clock, logger: SILENT, stallThresholdMs: 0 })
  return { clock, ...buildParts(config, () => true) }
}

type Parts = ReturnType<typeof newParts>

function recordAll({ tracker }: Parts): void {
  for (let n = 0; n < OPERATIONS; n++) tracker.operation('db', `query ${n}`).record(5)
}

function countsOf({ componentMetrics }: PerformanceSnapshot): Set<number> {
  return new Set(Object.values(componentMetrics.db?.operationBreakdown ?? {}).map(({ count }) => count))
}

describe('a window that reaches to now', () => {
  it('holds what is in samples and what is in none, each once, also when a sample is due while it is read', async () => {
    const parts = newParts()
    recordAll(parts)
    parts.clock.advance(1000)
    await parts.sampler.sample()
    recordAll(parts)
    parts.clock.advance(500)
    const read = parts.reader.readSnapshot(60_000)
    const sampled = parts.sampler.sample()
    const snapshot = await read
    await sampled
    expect(snapshot.componentMetrics.db?.totalOperations).toBe(2 * OPERATIONS)
    expect(countsOf(snapshot)).toEqual(new Set([2]))
    expect(parts.sampler.samples).toBe(2)
    expect(countsOf(await parts.reader.readSnapshot(60_000))).toEqual(new Set([2]))
  })

  it('lets samples go on when reading fails', async () => {
    const parts = newParts()
    recordAll(parts)
    Object.defineProperty(parts.tracker.operation('db', 'query 1000'), 'interval', {
      configurable: true,
      get: () => {
        throw new Error('broken')
      },
    })
    await expect(parts.reader.readSnapshot(60_000)).rejects.toThrow('broken')
    await parts.sampler.sample()
    expect(parts.sampler.samples).toBe(1)
  })
})

describe('a question', () => {
  it('that makes no sense is refused by name', async () => {
    const { reader } = newParts()
    expect(() => reader.boundsOf({ windowMs: 0 })).toThrow(PerfMonitorError)
    expect(() => reader.boundsOf({ from: 2, to: 1 })).toThrow('`from` must be before `to`')
    expect(() => reader.boundsOf({ form: 2 } as object)).toThrow('`form` is unknown, there are from, to, windowMs')
    await expect(reader.history({ operation: 'query' })).rejects.toThrow('`operation` needs its `component`')
    await expect(reader.history({ from: 'yesterday' })).rejects.toThrow('`from` must be a Date')
  })

  it('for a time before all that is kept is answered with gaps', async () => {
    const { reader, clock } = newParts()
    const { timestamps, system } = await reader.history({ to: clock.now() - 86_400_000 })
    expect(timestamps).toHaveLength(1)
    expect(system.cpuUsagePercent).toEqual([null])
  })

  it('without bounds is for the last ten minutes', () => {
    const { reader, clock } = newParts()
    expect(reader.boundsOf({})).toEqual({ from: clock.now() - 600_000, to: clock.now() })
  })
})
