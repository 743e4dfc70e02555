import { describe, expect, it } from 'vitest'
import { MemoryHistory } from '../../src/history/memory-history.js'
import { MAX_CELLS, WindowColumns } from '../../src/history/operation-columns.js'
import { runAtOnce } from '../../src/history/slices.js'
import { directory, intervalOf, sampleOf } from './helpers.js'

const START = Date.UTC(2026, 0, 1)
const LATEST = { system: null, runtime: null }
const FIRST = { component: 'http', operation: 'operation 0' }
const SECOND = { component: 'db', operation: 'operation 1' }

/** One sample a second: operation 0 takes `second` ms twice, operation 1 succeeds and fails in even seconds. */
function windowOf(seconds: number, { maxEntries = 3600 } = {}) {
  const history = new MemoryHistory({
    directory,
    maxEntries,
    maxBytes: 64 * 1024 * 1024,
    retentionMs: 86_400_000,
  })
  for (let second = 1; second <= seconds; second++) {
    const operations = [intervalOf(0, { success: [second, second] }, [{ childId: 1, calls: 3, totalMs: 2 }])]
    if (second % 2 === 0) operations.push(intervalOf(1, { success: [5], failure: [7] }))
    runAtOnce(history.append(sampleOf(START + second * 1000, operations), LATEST))
  }
  return runAtOnce(history.window(START, START + seconds * 1000))
}

describe('columns of operations', () => {
  it('say when an operation ran, failed and for how long, at every timestamp', () => {
    const window = windowOf(90)
    runAtOnce(window.prepareColumns?.([FIRST, SECOND, { component: 'db', operation: 'unknown' }]) as never)
    const first = window.operationColumns?.('http', 'operation 0')
    expect(first?.count).toEqual(new Array(90).fill(2))
    expect(first?.totalMs).toEqual(Array.from({ length: 90 }, (_, i) => 2 * (i + 1)))
    expect(first?.failedCount).toEqual(new Array(90).fill(0))
    const second = window.operationColumns?.('db', 'operation 1')
    expect(second?.count.slice(0, 4)).toEqual([0, 2, 0, 2])
    expect(second?.failedCount.slice(0, 4)).toEqual([0, 1, 0, 1])
    expect(second?.totalMs.slice(0, 4)).toEqual([0, 12, 0, 12])
  })

  it('are those of whole minutes where single samples are gone', () => {
    const window = windowOf(300, { maxEntries: 60 })
    runAtOnce(window.prepareColumns?.([FIRST]) as never)
    const columns = window.operationColumns?.('http', 'operation 0')
    expect(columns?.count).toHaveLength(window.timestamps.length)
    const sum = columns?.count.reduce((total, count) => total + count, 0) ?? 0
    // the sample at the edge between minutes and samples stands in neither
    expect([598, 600]).toContain(sum)
  })

  it('are null for what was not asked for', () => {
    const window = windowOf(5)
    expect(window.operationColumns?.('http', 'operation 0')).toBeNull()
    runAtOnce(window.prepareColumns?.([FIRST]) as never)
    expect(window.operationColumns?.('db', 'operation 1')).toBeNull()
    expect(window.operationColumns?.('http', 'operation 0')).not.toBeNull()
  })

  it('are bounded: of many operations over a long time the first ones', () => {
    const rows = MAX_CELLS / 2
    const samples = Array.from({ length: rows }, () => ({ operations: new Uint8Array() }))
    const operations = [0, 1, 2].map((id) => ({ id, component: 'http', operation: `operation ${id}` }))
    const columns = new WindowColumns(samples, operations as never)
    runAtOnce(columns.prepare(operations))
    expect(operations.map(({ component, operation }) => columns.of(component, operation)?.count.length)).toEqual([
      rows,
      rows,
      undefined,
    ])
  })
})
