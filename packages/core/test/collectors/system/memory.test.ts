import { expect, test } from 'vitest'
import { MemoryCollector } from '../../../src/collectors/system/memory.js'
import { FixtureTree } from '../fixture-tree.js'

const read = (text: string) => new MemoryCollector(new FixtureTree({ 'proc/meminfo': text })).read()

test('used is total minus available, in bytes', () => {
  const text =
    'MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    400 kB\nSwapCached: 7 kB\nSwapTotal:  50 kB\nSwapFree: 20 kB\n'
  expect(read(text)).toEqual({
    memoryTotalBytes: 1_024_000,
    memoryAvailableBytes: 409_600,
    memoryUsedBytes: 614_400,
    swapUsedBytes: 30_720,
  })
})

test('a kernel without MemAvailable gives no guess', () => {
  expect(read('MemTotal: 1000 kB\nMemFree: 100 kB\n')).toEqual({
    memoryTotalBytes: 1_024_000,
    memoryAvailableBytes: null,
    memoryUsedBytes: null,
    swapUsedBytes: null,
  })
})

test('missing is nothing, garbled is a fault', () => {
  expect(new MemoryCollector(new FixtureTree()).read()).toEqual({})
  expect(() => read('MemTotal: lots kB\n')).toThrow('/proc/meminfo MemTotal')
  expect(() => read('')).toThrow('no MemTotal')
})
