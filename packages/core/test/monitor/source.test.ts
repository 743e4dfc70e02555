import { describe, expect, it } from 'vitest'
import { AlertManager } from '../../src/alerts/manager.js'
import { ManualClock } from '../../src/clock.js'
import { resolveConfig } from '../../src/config/resolve.js'
import { Guard } from '../../src/guard.js'
import { MemoryHistory } from '../../src/history/memory-history.js'
import { runAtOnce } from '../../src/history/slices.js'
import type { ProfileSource } from '../../src/http/source.js'
import type { Reader } from '../../src/monitor/reader.js'
import { MonitorSource } from '../../src/monitor/source.js'
import type { StreamSample } from '../../src/types/report.js'
import { directory, intervalOf, sampleOf } from '../history/helpers.js'

const LATEST = { system: null, runtime: null }
const SILENT = { info() {}, warn() {}, error() {} }

function newSource(): MonitorSource {
  const clock = new ManualClock()
  const config = resolveConfig({ clock, logger: SILENT })
  const guard = new Guard(clock, SILENT)
  const { alerts, limits } = config
  return new MonitorSource({
    config,
    guard,
    history: new MemoryHistory({ directory, maxEntries: 10, maxBytes: 1e6, retentionMs: 60_000 }),
    alerts: new AlertManager({ ...alerts, rules: [], limits, clock, guard, logger: SILENT }),
    reader: {} as Reader, // the stream reads samples only
    profiler: {} as ProfileSource,
    traces: { list: () => [], get: () => null },
    isRunning: () => true,
    instruments: () => [],
    streamClients: () => ({ used: 0, rejected: 0 }),
  })
}

const SAMPLE = sampleOf(1000, [
  intervalOf(0, { success: [10, 20], failure: [30] }),
  intervalOf(1, { aborted: [5] }),
  intervalOf(2, { success: [40] }),
])
const NEXT = sampleOf(2000, [intervalOf(1, { success: [7] })])

describe('the stream of samples', () => {
  it('has each component once, its operations added up, http first', () => {
    const source = newSource()
    const events: StreamSample[] = []
    source.onSample((event) => events.push(event))
    runAtOnce(source.publish(SAMPLE, LATEST))
    expect(events).toHaveLength(1)
    expect(Object.keys(events[0]?.componentMetrics ?? {})).toEqual(['http', 'db'])
    expect(events[0]?.componentMetrics.http).toMatchObject({ totalOperations: 4, failedOperations: 1, p99Ms: 40 })
    expect(events[0]?.componentMetrics.db).toMatchObject({ totalOperations: 1, abortedOperations: 1, p50Ms: 5 })
  })

  it('pauses after each operation when somebody listens, and does nothing when nobody does', () => {
    const source = newSource()
    expect(yieldsOf(source.publish(SAMPLE, LATEST))).toBe(0)
    source.onSample(() => {})
    expect(yieldsOf(source.publish(SAMPLE, LATEST))).toBe(3)
  })

  it('is one event for all, told to a new listener soon', async () => {
    const source = newSource()
    runAtOnce(source.publish(SAMPLE, LATEST))
    const told: StreamSample[] = []
    const first = new Promise<void>((resolve) => source.onSample((event) => resolve(void told.push(event))))
    const second = new Promise<void>((resolve) => source.onSample((event) => resolve(void told.push(event))))
    expect(told).toEqual([])
    await Promise.all([first, second])
    expect(told[0]?.timestamp).toBe(new Date(1000).toISOString())
    expect(told[1]).toBe(told[0])
  })

  it('never goes back: who listens just before a sample gets it, and not the one before it afterwards', async () => {
    const source = newSource()
    runAtOnce(source.publish(SAMPLE, LATEST))
    const told: string[] = []
    source.onSample(({ timestamp }) => told.push(timestamp))
    runAtOnce(source.publish(NEXT, LATEST))
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([new Date(2000).toISOString()])
  })

  it('tells nothing to who has left, and contains what a listener throws', async () => {
    const source = newSource()
    runAtOnce(source.publish(SAMPLE, LATEST))
    const told: unknown[] = []
    const leave = source.onSample((event) => told.push(event))
    leave()
    source.onSample(() => {
      throw new Error('a listener of ours')
    })
    await new Promise((resolve) => setImmediate(resolve))
    runAtOnce(source.publish(NEXT, LATEST))
    expect(told).toEqual([])
    expect(source.guard.faults).toMatchObject([{ part: 'stream', faults: 2 }])
  })
})

function yieldsOf(work: Generator<void, unknown>): number {
  let yields = 0
  while (work.next().done !== true) yields++
  return yields
}
