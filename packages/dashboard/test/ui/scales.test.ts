import { describe, expect, it } from 'vitest'
import { byteBounds, linearTicks, logBounds, logTicks, zeroBounds } from '../../src/ui/scales.js'

describe('logarithmic axes', () => {
  it.each([
    [12, 840, 10, 1000],
    [0.3, 7, 0.2, 10],
    [5, 5, 2, 20],
  ])('holds %d to %d between round values', (min, max, low, high) => {
    const [from, to] = logBounds(min, max)
    expect(from).toBeLessThanOrEqual(min)
    expect(to).toBeGreaterThanOrEqual(max)
    expect(to / from).toBeGreaterThan(9.9)
    expect(from).toBeLessThanOrEqual(low * 1.001)
    expect(to).toBeGreaterThanOrEqual(high * 0.999)
  })

  it('has an axis where there are no data, and for zero', () => {
    expect(logBounds(null, null)).toEqual([1, 100])
    expect(logBounds(0, 5)).toEqual([1, 100])
  })

  it('has few ticks, all of them round and inside', () => {
    for (const [low, high] of [
      [1, 100],
      [0.001, 100_000],
      [10, 100],
      [0.2, 5000],
    ] as const) {
      const ticks = logTicks(low, high)
      expect(ticks.length).toBeGreaterThanOrEqual(2)
      expect(ticks.length).toBeLessThanOrEqual(6)
      expect(ticks.every((tick) => tick >= low * 0.999 && tick <= high * 1.001)).toBe(true)
    }
  })
})

describe('linear axes', () => {
  it('begin at zero and end above the largest', () => {
    expect(zeroBounds(412, 1)).toEqual([0, 500])
    expect(zeroBounds(null, 1)).toEqual([0, 1])
    expect(zeroBounds(1000, 1)).toEqual([0, 1000])
    expect(byteBounds(300 * 1024 ** 2)).toEqual([0, 384 * 1024 ** 2])
    expect(byteBounds(null)).toEqual([0, 1024])
  })

  it('part into round steps', () => {
    expect(linearTicks(100)).toEqual([0, 25, 50, 75, 100])
    expect(linearTicks(500)).toEqual([0, 100, 200, 300, 400, 500])
    expect(linearTicks(30)).toEqual([0, 10, 20, 30])
    expect(linearTicks(384, true)).toEqual([0, 96, 192, 288, 384])
  })
})
