import { describe, expect, it } from 'vitest'
import { Intervals } from '../../src/tracker/intervals.js'

function covered(...list: [number, number][]): number {
  const intervals = new Intervals()
  for (const [from, to] of list) intervals.add(from, to)
  return intervals.within(0, 1000)
}

describe('Intervals', () => {
  it('counts what overlaps once, whatever the order', () => {
    expect(covered()).toBe(0)
    expect(covered([10, 20], [30, 40])).toBe(20)
    expect(covered([10, 30], [20, 40])).toBe(30)
    expect(covered([20, 40], [10, 30])).toBe(30)
    expect(covered([10, 20], [30, 40], [0, 100])).toBe(100)
    expect(covered([0, 100], [10, 20], [30, 40])).toBe(100)
    expect(covered([10, 20], [20, 30])).toBe(20)
    expect(covered([50, 60], [10, 20], [30, 40], [15, 55])).toBe(50)
  })

  it('takes nothing that is no interval, and cuts at the bounds', () => {
    expect(covered([20, 10], [Number.NaN, 5], [5, Number.NaN], [7, 7])).toBe(0)
    expect(covered([-50, 10], [990, 2000])).toBe(20)
    const intervals = new Intervals()
    intervals.add(0, 100)
    expect(intervals.within(50, 40)).toBe(0)
  })

  it('agrees with counting moments, for random intervals', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31
      return seed % below
    }
    for (let round = 0; round < 200; round++) {
      const intervals = new Intervals()
      const moments = new Set<number>()
      for (let i = 0; i < 30; i++) {
        const from = random(1000)
        const to = Math.min(1000, from + random(60))
        intervals.add(from, to)
        for (let at = from; at < to; at++) moments.add(at)
      }
      expect(intervals.within(0, 1000)).toBe(moments.size)
    }
  })

  it('stays exact beyond its bound while intervals come in the order of their end', () => {
    const intervals = new Intervals()
    for (let i = 0; i < 10_000; i++) intervals.add(i * 10, i * 10 + 4)
    expect(intervals.within(0, 100_000)).toBe(40_000)
  })
})
