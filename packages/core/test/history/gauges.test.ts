import { expect, test } from 'vitest'
import {
  GaugeNames,
  type GaugeRow,
  gaugeColumn,
  gaugeNamesOf,
  MAX_GAUGES,
  meanGauges,
} from '../../src/history/gauges.js'
import { MemoryHistory } from '../../src/history/memory-history.js'
import { seriesOf } from '../../src/history/series.js'
import { runAtOnce } from '../../src/history/slices.js'
import { SlidingWindow } from '../../src/history/sliding-window.js'
import { directory, intervalOf, sampleOf } from './helpers.js'

const MINUTE = 60_000
const NO_LATEST = { system: null, runtime: null }

function rowsOf(...figures: Record<string, number>[]): (GaugeRow | null)[] {
  const names = new GaugeNames()
  return figures.map((each) => names.toRow(new Map(Object.entries(each))))
}

test('names come and go: a value where there was one, null elsewhere', () => {
  const rows = rowsOf({ a: 1 }, { a: 2, b: 5 }, {}, { b: Number.NaN, c: 0 })
  expect(rows[2]).toBeNull()
  expect(gaugeNamesOf(rows)).toEqual(['a', 'b', 'c'])
  expect(gaugeColumn(rows, 'a')).toEqual([1, 2, null, null])
  expect(gaugeColumn(rows, 'b')).toEqual([null, 5, null, null])
  expect(gaugeColumn(rows, 'c')).toEqual([null, null, null, 0])
  expect(gaugeColumn(rows, 'd')).toEqual([null, null, null, null])
})

test('the mean is over what was measured', () => {
  const mean = meanGauges(rowsOf({ a: 1, b: 4 }, { a: 2 }, { a: 6, b: 5 }))
  expect(gaugeColumn([mean], 'a')).toEqual([3])
  expect(gaugeColumn([mean], 'b')).toEqual([4.5])
  expect(meanGauges([null, undefined])).toBeNull()
})

test('names are bounded, what is turned away is counted', () => {
  const names = new GaugeNames()
  const many = new Map(Array.from({ length: MAX_GAUGES + 3 }, (_, n) => [`gauge ${n}`, n]))
  expect(names.toRow(many)?.values).toHaveLength(MAX_GAUGES)
  expect([names.size, names.rejected]).toEqual([MAX_GAUGES, 3])
})

test('history keeps them: samples, whole minutes as means, a sliding window, series', () => {
  const names = new GaugeNames()
  const history = new MemoryHistory({ directory, maxEntries: 60, maxBytes: 1e9, retentionMs: 1e9 })
  const window = new SlidingWindow(directory, MINUTE)
  const start = 1000 * MINUTE
  for (let second = 1; second <= 180; second++) {
    const figures = new Map([['resource.Timeout', second]])
    if (second % 60 === 30) figures.set('heap.floorBytes', 1e6 + second)
    const sample = {
      ...sampleOf(start + second * 1000 - 1, [intervalOf(1, { success: [1] })]),
      gauges: names.toRow(figures),
    }
    runAtOnce(history.append(sample, NO_LATEST))
    runAtOnce(window.push(sample))
  }
  const read = runAtOnce(history.window(start - 1, start + 180_000))
  // two minutes rolled up, and the 60 samples of the third
  expect(read.gaugeNames).toEqual(['heap.floorBytes', 'resource.Timeout'])
  expect(read.gauge?.('resource.Timeout').slice(0, 3)).toEqual([30.5, 90.5, 121])
  expect(read.gauge?.('heap.floorBytes').filter((value) => value !== null)).toEqual([1_000_030, 1_000_090, 1_000_150])
  expect(read.gauge?.('resource.Timeout')).toHaveLength(read.timestamps.length)
  const last = window.read(NO_LATEST)
  expect(last.gauge?.('resource.Timeout').at(-1)).toBe(180)
  const series = runAtOnce(
    seriesOf(history, {
      from: start - 1,
      to: start + 180_000 - 1,
      stepMs: MINUTE,
      component: null,
      operation: null,
      operations: true,
      collectionIntervalMs: 1000,
    }),
  )
  expect(series.gauges?.['resource.Timeout']).toHaveLength(series.timestamps.length)
  expect(series.gauges?.['resource.Timeout']).toContain(150.5)
})

test('their bytes count', () => {
  const names = new GaugeNames()
  const options = { directory, maxEntries: 1e6, maxBytes: 100_000, retentionMs: 1e9 }
  const kept = (gauges: GaugeRow | null) => {
    const history = new MemoryHistory(options)
    for (let n = 1; n <= 200; n++) runAtOnce(history.append({ ...sampleOf(n * 1000, []), gauges }, NO_LATEST))
    return history.sampleCount
  }
  const row = names.toRow(new Map(Array.from({ length: 100 }, (_, n) => [`gauge ${n}`, n])))
  expect(kept(row)).toBeLessThan(kept(null))
})
