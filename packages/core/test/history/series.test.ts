import { describe, expect, it } from 'vitest'
import type { Directory } from '../../src/history/accumulator.js'
import { MemoryHistory } from '../../src/history/memory-history.js'
import { seriesOf } from '../../src/history/series.js'
import { runAtOnce } from '../../src/history/slices.js'
import { intervalOf, sampleOf } from './helpers.js'

const START = Date.UTC(2026, 0, 1)
const LATEST = { system: null, runtime: null }
const directory: Directory = {
  keepsChildren: true,
  lookUp: (id) => ({
    component: ['http', 'db'][id % 2] as string,
    operation: `operation ${id}`,
    active: 0,
    activeStreams: 0,
    lastUpdatedMs: null,
  }),
}

function historyOf(samples: Parameters<typeof sampleOf>[1][]): MemoryHistory {
  const history = new MemoryHistory({ directory, maxEntries: 6000, maxBytes: 2 ** 26, retentionMs: 86_400_000 })
  samples.forEach((operations, n) => {
    runAtOnce(history.append(sampleOf(START + (n + 1) * 1000, operations), LATEST))
  })
  return history
}

function queryOf(seconds: number) {
  return {
    from: START,
    to: START + seconds * 1000,
    stepMs: 1000,
    component: null,
    operation: null,
    operations: true,
    collectionIntervalMs: 1000,
  }
}

describe('seriesOf', () => {
  it('ranks by what ended in the whole window, not in its first steps', () => {
    const early = Array.from({ length: 300 }, (_, id) => intervalOf(id, { success: [1, 1] }))
    const late = Array.from({ length: 50 }, (_, n) => intervalOf(1000 + n, { success: Array(9).fill(1) }))
    const series = runAtOnce(seriesOf(historyOf([early, late]), queryOf(2)))
    const names = Object.values(series.operations).flatMap((table) => Object.keys(table))
    expect(names).toHaveLength(200)
    for (let n = 0; n < 50; n++) expect(names).toContain(`operation ${1000 + n}`)
    // those that are left out count in their component all the same
    expect(series.components.http?.count).toEqual([300, 225])
    expect(series.components.db?.count).toEqual([300, 225])
  })

  it('starts each step with nothing of the one before', () => {
    const series = runAtOnce(
      seriesOf(
        historyOf([
          [intervalOf(0, { success: [100], failure: [200], aborted: [300] })],
          [],
          [intervalOf(0, { success: [1] }), intervalOf(2, { success: [3] })],
        ]),
        queryOf(3),
      ),
    )
    const { count, failedCount, abortedCount, p50Ms, p99Ms } = series.operations.http?.['operation 0'] ?? {}
    expect([count, failedCount, abortedCount]).toEqual([
      [3, 0, 1],
      [1, 0, 0],
      [1, 0, 0],
    ])
    expect([p50Ms?.[1], p50Ms?.[2], p99Ms?.[2]]).toEqual([null, 1, 1])
    expect(p50Ms?.[0]).toBeCloseTo(200, -1)
    expect(series.components.http?.count).toEqual([3, 0, 2])
    expect(series.components.http?.p99Ms[2]).toBe(3)
  })

  it('pauses once a step at least, also where there is nothing, and once an operation', () => {
    const empty = yieldsOf(seriesOf(historyOf([[]]), { ...queryOf(4000), from: START - 3999_000, to: START + 1000 }))
    expect(empty).toBeGreaterThanOrEqual(4000)
    const operations = Array.from({ length: 1000 }, (_, id) => intervalOf(id, { success: [1] }))
    expect(yieldsOf(seriesOf(historyOf([operations]), queryOf(1)))).toBeGreaterThanOrEqual(1000)
  })
})

function yieldsOf(work: Generator<void, unknown>): number {
  let yields = 0
  while (work.next().done !== true) yields++
  return yields
}
