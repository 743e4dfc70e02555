import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sampleLeadMs, systemClock, untilMultipleMs } from '../src/clock.js'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000_300 }))
afterEach(() => void vi.useRealTimers())

test('until the next whole multiple, and not twice for a timer that fired early', () => {
  expect(untilMultipleMs(10_300, 1000)).toBe(700)
  expect(untilMultipleMs(10_000, 1000)).toBe(1000)
  expect(untilMultipleMs(9999, 1000)).toBe(1001)
  expect(untilMultipleMs(10_300, 1000, 20)).toBe(680)
  expect(untilMultipleMs(10_300, 1000, -1)).toBe(701)
  expect([sampleLeadMs(100), sampleLeadMs(1000)]).toEqual([10, 20])
})

test('intervals of a second and more fall into the same moment, whenever they began', () => {
  const fired: [string, number][] = []
  const note = (name: string) => () => void fired.push([name, Date.now() - 1_000_000_000])
  const first = systemClock.every(1000, note('first'))
  vi.advanceTimersByTime(150)
  const second = systemClock.every(1000, note('second'))
  vi.advanceTimersByTime(1600)
  expect(fired).toEqual([
    ['first', 1001],
    ['second', 1001],
    ['first', 2001],
    ['second', 2001],
  ])
  first.cancel()
  second.cancel()
  expect(vi.getTimerCount()).toBe(0)
})

test('shorter ones keep their own time', () => {
  let count = 0
  const timer = systemClock.every(250, () => void count++)
  vi.advanceTimersByTime(1000)
  expect(count).toBe(4)
  timer.cancel()
  expect(vi.getTimerCount()).toBe(0)
})
