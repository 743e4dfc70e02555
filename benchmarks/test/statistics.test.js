import { expect, test } from 'vitest'
import { comparePairs, quantile, spread } from '../lib/statistics.js'

test('quantiles lie between neighbours and do not depend on the order', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
  expect(quantile([4, 1, 3, 2], 0)).toBe(1)
  expect(quantile([4, 1, 3, 2], 1)).toBe(4)
  expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20)
  expect(quantile([7], 0.75)).toBe(7)
})

test('no values have no quantiles', () => {
  expect(spread([])).toEqual({ count: 0, min: null, q1: null, median: null, q3: null, max: null })
})

test('the median of ratios is that of the pairs, not of the sides', () => {
  // the machine became three times slower halfway: the pairs agree all the same
  const pairs = [
    { bare: 100, contender: 110 },
    { bare: 100, contender: 112 },
    { bare: 300, contender: 330 },
  ]
  const { ratio, added } = comparePairs(pairs)
  expect(ratio.median).toBeCloseTo(1.1)
  expect(ratio.max).toBeCloseTo(1.12)
  expect(added.median).toBe(12)
})
