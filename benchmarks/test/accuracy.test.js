import { expect, test } from 'vitest'
import { compareQuantiles } from '../accuracy/compare.js'
import { CONTENDERS } from '../accuracy/contenders.js'
import { DISTRIBUTIONS, drawValues } from '../accuracy/distributions.js'
import {
  errorPercent,
  exactQuantile,
  QUANTILES,
  quantileOfBuckets,
  quantileOfExponential,
} from '../accuracy/quantiles.js'
import { renderAccuracy } from '../lib/page-accuracy.js'

const COUNT = 20_000

test('the exact quantile is the value at the nearest rank', () => {
  expect(exactQuantile([1, 2, 3, 4], 0.5)).toBe(2)
  expect(exactQuantile([1, 2, 3, 4], 0.51)).toBe(3)
  expect(exactQuantile([1, 2, 3, 4], 0.9999)).toBe(4)
  expect(exactQuantile([7], 0.5)).toBe(7)
  const ranks = Float64Array.from({ length: 1_000_000 }, (_, i) => i + 1)
  expect(QUANTILES.map((q) => exactQuantile(ranks, q))).toEqual([500_000, 900_000, 990_000, 999_000, 999_900])
})

test('a quantile of buckets is linear within its bucket, and ends at the highest bound', () => {
  const bounds = [10, 20, 40]
  expect(quantileOfBuckets(bounds, [4, 4, 0, 0], 0.25)).toBe(5)
  expect(quantileOfBuckets(bounds, [4, 4, 0, 0], 0.75)).toBe(15)
  expect(quantileOfBuckets(bounds, [1, 0, 1, 0], 0.5)).toBe(10)
  expect(quantileOfBuckets(bounds, [1, 0, 1, 0], 1)).toBe(40)
  expect(quantileOfBuckets(bounds, [1, 0, 0, 9], 0.5)).toBe(40)
})

test('a quantile of exponential buckets is taken from the logarithm', () => {
  const value = { scale: 0, zeroCount: 1, positive: { offset: 2, bucketCounts: [2, 0, 1] } }
  expect(quantileOfExponential(value, 0.2)).toBe(0)
  expect(quantileOfExponential(value, 0.5)).toBeCloseTo(4 * Math.SQRT2) // in the middle of (4, 8]
  expect(quantileOfExponential(value, 0.75)).toBe(8)
  expect(quantileOfExponential(value, 1)).toBe(32)
})

test('the same values each time, and none that is no duration', () => {
  for (const distribution of DISTRIBUTIONS) {
    const values = drawValues(distribution, COUNT)
    expect(values).toEqual(drawValues(distribution, COUNT))
    expect(values.every((ms) => Number.isFinite(ms) && ms > 0)).toBe(true)
  }
  const [normal, lognormal] = DISTRIBUTIONS.map((distribution) => drawValues(distribution, COUNT).toSorted())
  expect(errorPercent(exactQuantile(normal, 0.5), 50)).toBeLessThan(1)
  expect(errorPercent(exactQuantile(lognormal, 0.5), 5)).toBeLessThan(3)
})

test.each(DISTRIBUTIONS)('$name: whoever promises an error keeps it', async (distribution) => {
  const { contenders, exactMs } = await compareQuantiles({ distribution, contenders: CONTENDERS, count: COUNT })
  expect(exactMs).toHaveLength(QUANTILES.length)
  const worstOf = (name) => Math.max(...contenders.find((contender) => contender.name === name).errorsPercent)
  for (const { errorsPercent } of contenders) for (const error of errorsPercent) expect(error).toBeGreaterThanOrEqual(0)
  expect(worstOf('perf-monitor')).toBeLessThanOrEqual(1)
  expect(worstOf('sketches-js')).toBeLessThanOrEqual(1.01) // what is told of them by the readers here is within what they promise
  expect(worstOf('hdr-histogram-js')).toBeLessThanOrEqual(1)
  expect(worstOf('hdr-histogram-js-3')).toBeLessThanOrEqual(0.2) // half a unit of a microsecond more on the smallest values
  expect(worstOf('opentelemetry-exponential')).toBeLessThanOrEqual(10)
  expect(worstOf('prom-client-fine')).toBeLessThanOrEqual(10)
})

test('the page shows the worst of each kind and all of them', () => {
  const contenders = [
    { title: 'ours', errorsPercent: [0.1, 0.4] },
    { title: 'theirs', errorsPercent: [12.6, 3] },
  ]
  const distributions = [{ title: 'flat', exactMs: [5, 9.999], contenders }]
  const page = renderAccuracy({ count: 1_000_000, quantiles: [0.5, 0.9999], distributions })
  expect(page).toContain('1,000,000 values')
  expect(page).toContain('| ours | 0.40 |\n| theirs | 13 |')
  expect(page).toContain('| flat | p50 | p99.99 |')
  expect(page).toContain('| exact, ms | 5.00 | 10.00 |')
  expect(page).toContain('| theirs | 13 | 3.00 |')
})
