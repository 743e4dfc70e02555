import { describe, expect, it } from 'vitest'
import {
  describeMetric,
  formatBytes,
  formatDuration,
  formatNumber,
  formatPercent,
  formatValue,
} from '../../src/exporters/format.js'

describe('figures as people say them', () => {
  it.each([
    [0, '0 ms'],
    [0.0004, '0.4 µs'],
    [0.1234, '123 µs'],
    [1, '1 ms'],
    [12.3456, '12.3 ms'],
    [999.7, '1 s'],
    [1234, '1.23 s'],
    [59_999, '1 min'],
    [90_000, '1.5 min'],
    [5_400_000, '1.5 h'],
    [200_000_000, '2.31 d'],
    [-1500, '-1.5 s'],
    [null, '–'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('duration %d is %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it.each([
    [0, '0 B'],
    [1023, '1,020 B'],
    [1024, '1 KiB'],
    [432_013_312, '412 MiB'],
    [8 * 1024 ** 3, '8 GiB'],
    [undefined, '–'],
  ])('size %d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it.each([
    [0, '0'],
    [1234567, '1,234,567'],
    [1234.567, '1,230'],
    [0.12345, '0.123'],
    [0.00001, '< 0.001'],
    [-1234, '-1,234'],
    [1e21, '1e+21'],
    [null, '–'],
  ])('number %d is %s', (value, text) => expect(formatNumber(value)).toBe(text))

  it('shares', () => {
    expect([0, 0.3, 2.0202, 99.99, 100].map(formatPercent)).toEqual(['0 %', '0.3 %', '2.02 %', '100 %', '100 %'])
  })

  it.each([
    [480, 'ms', '480 ms'],
    [1.5, 's', '1.5 s'],
    [80, '%', '80 %'],
    [1536, 'bytes', '1.5 KiB'],
    [1536, 'bytes/s', '1.5 KiB/s'],
    [51, 'count', '51'],
    [12.345, '/s', '12.3/s'],
    [2, 'cores', '2 cores'],
    [Number.NaN, 'ms', '–'],
  ])('%d %s is %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text))

  it.each([
    ['p95Ms', 'p95', 'ms'],
    ['errorRatePercent', 'error rate', '%'],
    ['eventLoopDelay.p99Ms', 'event loop delay p99', 'ms'],
    ['cpuUsagePercent', 'CPU usage', '%'],
    ['throughputPerSecond', 'throughput', '/s'],
    ['rssGrowthBytesPerHour', 'rss growth', 'bytes/h'],
    ['diskReadBytesPerSecond', 'disk read', 'bytes/s'],
    ['callsPerParent', 'calls per parent', ''],
    ['CPU time of GET /a', 'CPU time of GET /a', ''],
  ])('%s is called %s', (metric, label, unit) => expect(describeMetric(metric)).toEqual({ label, unit }))
})
