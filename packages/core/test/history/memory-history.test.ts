import { describe, expect, it } from 'vitest'
import { PerfMonitorError } from '../../src/errors.js'
import { MemoryHistory } from '../../src/history/memory-history.js'
import { seriesOf } from '../../src/history/series.js'
import { runAtOnce, runSliced } from '../../src/history/slices.js'
import { SlidingWindow } from '../../src/history/sliding-window.js'
import type { MetricsWindow } from '../../src/types/window.js'
import { directory, intervalOf, randomNumbers, sampleOf } from './helpers.js'

const START = Date.UTC(2026, 0, 1)
const LATEST = { system: null, runtime: null }

function newHistory({ maxEntries = 3600, maxBytes = 64 * 1024 * 1024, retentionMs = 86_400_000 } = {}) {
  return new MemoryHistory({ directory, maxEntries, maxBytes, retentionMs })
}

/** One sample a second from START; operation 0 takes `second` ms each time, operation 1 runs in even seconds. */
function fill(history: MemoryHistory, seconds: number, sliding?: SlidingWindow): void {
  for (let second = 1; second <= seconds; second++) {
    const operations = [intervalOf(0, { success: [second, second] })]
    if (second % 2 === 0) operations.push(intervalOf(1, { success: [5], failure: [7] }))
    const sample = sampleOf(START + second * 1000, operations, { system: { cpuUsagePercent: second } })
    runAtOnce(history.append(sample, LATEST))
    if (sliding) runAtOnce(sliding.push(sample))
  }
}

function counts(window: MetricsWindow): Record<string, number> {
  return Object.fromEntries(window.operations.map(({ operation, count }) => [operation, count]))
}

describe('MemoryHistory', () => {
  it('reads one open interval, or one sample of an operation, between two pauses', () => {
    const history = newHistory()
    runAtOnce(
      history.append(
        sampleOf(
          START + 1000,
          [...Array(50).keys()].map((id) => intervalOf(id, { success: [1] })),
        ),
        LATEST,
      ),
    )
    let pulled = 0
    const operations = (function* () {
      for (let id = 0; id < 50; id++) {
        pulled++
        yield id % 2 === 0 ? null : intervalOf(id, { success: [2] })
      }
    })()
    const work = history.window(START, START + 2000, { operations, durationMs: 1000 })
    let most = 0
    let pauses = 0
    for (let before = 0, step = work.next(); ; before = pulled, step = work.next()) {
      most = Math.max(most, pulled - before)
      if (step.done) {
        expect(counts(step.value)).toMatchObject({ 'operation 0': 1, 'operation 1': 2 })
        break
      }
      pauses++
    }
    expect({ pulled, most, pauses }).toEqual({ pulled: 50, most: 1, pauses: 100 })
  })

  it('adds up exactly what ended in the window, whether it reads samples or minutes', () => {
    const history = newHistory()
    fill(history, 600)
    for (const [from, to] of [
      [0, 600],
      [10, 20],
      [59, 61],
      [30, 450],
      [60, 120],
      [599, 600],
    ] as const) {
      const window = runAtOnce(history.window(START + from * 1000, START + to * 1000))
      expect(counts(window)['operation 0']).toBe(2 * (to - from))
      expect(window.timestamps).toHaveLength(to - from)
      expect(window.durationMs).toBe(1000 * (to - from))
      expect(window.operations.find(({ operation }) => operation === 'operation 0')?.totalMs).toBe(
        to * (to + 1) - from * (from + 1),
      )
    }
  })

  it('reads minutes where it can: a 10 minute window takes fewer than 130 parts', () => {
    const history = newHistory()
    fill(history, 3600)
    expect(history.parts(START + 1234_000, START + 1834_000).length).toBeLessThan(130)
  })

  it('keeps full resolution for maxEntries, and minutes beyond', () => {
    const history = newHistory({ maxEntries: 120 })
    fill(history, 600)
    expect(history.sampleCount).toBe(120)
    const window = runAtOnce(history.window(START, START + 600_000))
    expect(counts(window)['operation 0']).toBe(1200)
    expect(window.durationMs).toBe(600_000)
    // 8 rolled-up minutes before the 120 samples, some of which begin within a minute
    expect(window.timestamps.length).toBeGreaterThan(120)
    expect(window.timestamps.length).toBeLessThan(132)
    const cpu = window.system('cpuUsagePercent')
    expect(cpu[1]).toBeCloseTo(89.5, 5) // mean of the minute's samples 60 to 119
  })

  it('forgets minutes beyond the retention', () => {
    const history = newHistory({ maxEntries: 60, retentionMs: 300_000 })
    fill(history, 1200)
    const oldest = history.parts(0, START + 1200_000)[0]
    expect(oldest?.timestamp).toBeGreaterThanOrEqual(START + 1200_000 - 300_000)
  })

  it('stays within its memory, the newest samples last, and counts what it dropped', () => {
    const history = newHistory({ maxBytes: 100_000 })
    const random = randomNumbers(3)
    for (let second = 1; second <= 2000; second++) {
      const operations = Array.from({ length: 20 }, (_, id) => intervalOf(id, { success: [random() * 1000] }))
      runAtOnce(history.append(sampleOf(START + second * 1000, operations), LATEST))
      expect(history.byteLength).toBeLessThanOrEqual(100_000)
    }
    expect(history.lastTimestamp).toBe(START + 2000_000)
    expect(history.droppedForMemory).toBeGreaterThan(1000)
    expect(history.sampleCount).toBeGreaterThan(10)
  })

  it('rolls a minute up whole, though its first samples have gone', () => {
    const history = newHistory({ maxEntries: 10 })
    fill(history, 600)
    const window = runAtOnce(history.window(START, START + 600_000))
    expect(counts(window)['operation 0']).toBe(1200)
    const recent = runAtOnce(history.window(START + 597_000, START + 600_000))
    expect(counts(recent)['operation 0']).toBe(6)
  })

  it('takes in the interval that no sample holds yet', () => {
    const history = newHistory()
    fill(history, 10)
    const open = {
      operations: [intervalOf(0, { success: [1, 2, 3] }), intervalOf(8, { failure: [9] })],
      durationMs: 500,
    }
    const window = runAtOnce(history.window(START, START + 10_500, open))
    expect(counts(window)).toEqual({ 'operation 0': 23, 'operation 1': 10, 'operation 8': 1 })
    expect(window.durationMs).toBe(10_500)
  })

  it('is empty before the first sample', () => {
    const window = runAtOnce(newHistory().window(START, START + 1000))
    expect([window.operations, window.timestamps, window.durationMs]).toEqual([[], [], 0])
  })

  it('never blocks long: a window of an hour over 1,000 operations runs in slices', async () => {
    const history = newHistory()
    for (let second = 1; second <= 180; second++) {
      const operations = Array.from({ length: 1000 }, (_, id) => intervalOf(id, { success: [id + 1] }))
      runAtOnce(history.append(sampleOf(START + second * 1000, operations), LATEST))
    }
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    const window = await runSliced(history.window(START + 500, START + 180_000))
    clearInterval(timer)
    expect(window.operations).toHaveLength(1000)
    expect(turns).toBeGreaterThan(1)
  })
})

describe('SlidingWindow', () => {
  it('equals the window of the same span at every step', () => {
    const history = newHistory()
    const sliding = new SlidingWindow(directory, 30_000)
    const random = randomNumbers(4)
    for (let second = 1; second <= 200; second++) {
      const operations = [0, 1, 2, 3]
        .filter(() => random() < 0.5)
        .map((id) => intervalOf(id, { success: Array.from({ length: 5 }, () => random() * 100) }))
      const sample = sampleOf(START + second * 1000, operations)
      runAtOnce(history.append(sample, LATEST))
      runAtOnce(sliding.push(sample))
      const slid = sliding.read(LATEST)
      const read = runAtOnce(history.window(START + second * 1000 - 30_000, START + second * 1000))
      expect(counts(slid)).toEqual(counts(read))
      for (const operation of read.operations) {
        const same = slid.operations.find((each) => each.operation === operation.operation)
        expect(same?.durations.quantile(0.9)).toBeCloseTo(operation.durations.quantile(0.9) as number, 0)
        expect(same?.totalMs).toBeCloseTo(operation.totalMs, 6)
      }
      expect(slid.timestamps).toEqual(read.timestamps)
    }
  })
})

describe('seriesOf', () => {
  const query = { stepMs: null, component: null, operation: null, operations: true, collectionIntervalMs: 1000 }

  it('gives columns of one length, exact counts and the quantiles of each step', () => {
    const history = newHistory()
    fill(history, 120)
    const series = runAtOnce(seriesOf(history, { ...query, from: START, to: START + 120_000, stepMs: 10_000 }))
    expect(series.stepMs).toBe(10_000)
    expect(series.timestamps).toHaveLength(12)
    const columns = series.operations.http?.['operation 0']
    expect(columns?.count).toEqual(Array(12).fill(20))
    expect(columns?.p50Ms[0]).toBeCloseTo(5, 1)
    expect(series.operations.db?.['operation 1']?.failedCount).toEqual(Array(12).fill(5))
    expect(series.components.db?.count).toEqual(Array(12).fill(10))
    expect(series.system.cpuUsagePercent[0]).toBeCloseTo(5.5, 6)
    expect(series.system['pressure.cpu']).toEqual(Array(12).fill(null))
    expect(series.runtime.cpuPercent).toEqual(Array(12).fill(null))
  })

  it('tells idle (0) from not measured (null)', () => {
    const history = newHistory()
    fill(history, 10)
    const series = runAtOnce(seriesOf(history, { ...query, from: START - 5000, to: START + 10_000, stepMs: 1000 }))
    expect(series.measuredMs).toEqual([...Array(5).fill(null), ...Array(10).fill(1000)])
    expect(series.components.db?.count).toEqual([...Array(5).fill(null), 0, 2, 0, 2, 0, 2, 0, 2, 0, 2])
    expect(series.components.db?.p50Ms.slice(4, 8)).toEqual([null, null, expect.any(Number), null])
  })

  it('counts a young process in the steps in which it ran: its first minute is not all there is', () => {
    const history = newHistory()
    for (let second = 25; second <= 130; second++) {
      runAtOnce(history.append(sampleOf(START + second * 1000, [intervalOf(0, { success: [1] })]), LATEST))
    }
    const series = runAtOnce(seriesOf(history, { ...query, from: START, to: START + 130_000, stepMs: 1000 }))
    expect(series.components.http?.count.slice(24)).toEqual(Array(106).fill(1))
  })

  it('gives whole minutes where only minutes are left: no spike, and the same total', () => {
    const history = newHistory({ maxEntries: 90 })
    fill(history, 600)
    const series = runAtOnce(seriesOf(history, { ...query, from: START, to: START + 600_000, stepMs: 1000 }))
    expect(series.stepMs).toBe(60_000)
    const { count } = series.components.http as NonNullable<typeof series.components.http>
    expect(count.reduce((sum: number, n) => sum + (n ?? 0), 0)).toBe(1200)
    const rates = count.map((n, step) => (1000 * (n as number)) / (series.measuredMs[step] as number))
    for (const rate of rates) expect(rate).toBeCloseTo(2, 6)
  })

  it('has no gaps and no doubles, however late timers were and whenever it is asked', () => {
    const history = newHistory()
    const random = randomNumbers(5)
    for (let second = 1; second <= 300; second++) {
      const late = Math.floor(random() * 40)
      runAtOnce(history.append(sampleOf(START + second * 1000 + late, [intervalOf(0, { success: [1] })]), LATEST))
    }
    for (const askedAt of [0, 1, 250, 499, 500, 501, 999]) {
      const to = START + 300_000 + askedAt
      const series = runAtOnce(seriesOf(history, { ...query, from: to - 120_000, to, stepMs: 1000 }))
      const inner = series.components.http?.count.slice(1, -2)
      expect(inner).toEqual(Array(inner?.length).fill(1))
      expect(Date.parse(series.timestamps.at(-1) as string)).toBeLessThanOrEqual(to)
    }
  })

  it('rounds the step up to whole samples, and picks one for 600 points', () => {
    const history = newHistory()
    fill(history, 5)
    const at = (stepMs: number | null, to: number) =>
      runAtOnce(seriesOf(history, { ...query, from: START, to: START + to, stepMs })).stepMs
    expect(at(1500, 10_000)).toBe(2000)
    expect(at(null, 600_000)).toBe(1000)
    expect(at(null, 3_600_000)).toBe(6000)
  })

  it('refuses a step that gives more than 5000 points, and names it', () => {
    const work = () =>
      runAtOnce(seriesOf(newHistory(), { ...query, from: START, to: START + 86_400_000, stepMs: 1000 }))
    expect(work).toThrow(PerfMonitorError)
    expect(work).toThrow('`step` of 1000 ms gives 86400 points')
  })

  it('filters by component and operation, or leaves operations out', () => {
    const history = newHistory()
    fill(history, 4)
    const bounds = { from: START, to: START + 4000 }
    const one = runAtOnce(seriesOf(history, { ...query, ...bounds, component: 'db', operation: 'operation 1' }))
    expect(Object.keys(one.operations)).toEqual(['db'])
    const none = runAtOnce(seriesOf(history, { ...query, ...bounds, operations: false }))
    expect(Object.keys(none.operations)).toEqual([])
    expect(Object.keys(none.components)).toEqual(['http', 'db'])
  })

  it('keeps the 200 busiest operations', () => {
    const history = newHistory()
    const operations = Array.from({ length: 500 }, (_, n) => intervalOf(2 * n, { success: Array(1 + (n % 7)).fill(1) }))
    runAtOnce(history.append(sampleOf(START + 1000, operations), LATEST))
    const series = runAtOnce(seriesOf(history, { ...query, from: START, to: START + 1000 }))
    const columns = Object.values(series.operations.http ?? {})
    expect(columns).toHaveLength(200)
    expect(Math.min(...columns.map(({ count }) => count[0] as number))).toBe(5)
    expect(series.components.http?.count[0]).toBe(operations.reduce((sum, _, n) => sum + 1 + (n % 7), 0))
  })
})
