import { describe, expect, it } from 'vitest'
import {
  describeMetric,
  exactFigure,
  formatBytes,
  formatCount,
  formatDuration,
  formatFigure,
  formatNumber,
  formatPercent,
  formatRate,
  formatWithUnit,
  shortenMiddle,
} from '../src/format.js'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [0.0004, '0.4 µs'],
    [0.845, '845 µs'],
    [0.9999, '1 ms'],
    [12.345, '12.3 ms'],
    [184, '184 ms'],
    [999.4, '999 ms'],
    [999.7, '1 s'],
    [1240, '1.24 s'],
    [59_990, '1 min'],
    [90_000, '1.5 min'],
    [5_400_000, '1.5 h'],
    [172_800_000, '2 d'],
  ])('says %d ms as %s', (ms, text) => {
    expect(plain(formatDuration(ms))).toBe(text)
  })
})

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,020 B'],
    [1024, '1 KiB'],
    [412 * 1024 ** 2, '412 MiB'],
    [1.5 * 1024 ** 3, '1.5 GiB'],
  ])('says %d bytes as %s', (bytes, text) => {
    expect(plain(formatBytes(bytes))).toBe(text)
  })
})

describe('figures', () => {
  it('says a dash for what is not known', () => {
    for (const unknown of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(
        [formatNumber, formatCount, formatDuration, formatBytes, formatPercent, formatRate].map((f) => f(unknown)),
      ).toEqual(Array(6).fill('–'))
      expect(formatWithUnit(unknown, 'ms')).toBe('–')
      expect(exactFigure(unknown, 'bytes')).toBe('not measured')
    }
  })

  it('keeps three significant digits of percentages and rates', () => {
    expect(plain(formatPercent(0.3))).toBe('0.3 %')
    expect(plain(formatPercent(99.96))).toBe('100 %')
    expect(plain(formatPercent(0.00004))).toBe('< 0.001 %')
    expect(formatRate(412.3)).toBe('412/s')
    expect(formatRate(12_345)).toBe('12,300/s')
    expect(formatRate(0.04)).toBe('2.4/min')
    expect(formatRate(0)).toBe('0/s')
  })

  it('counts whole up to a million', () => {
    expect(formatCount(14)).toBe('14')
    expect(formatCount(247_318)).toBe('247,318')
    expect(plain(formatCount(26_612_345))).toBe('26.6 M')
    expect(formatCount(-0)).toBe('0')
  })

  it('has the whole value for the tooltip', () => {
    expect(exactFigure(431_996_928, 'bytes')).toBe('431,996,928 bytes')
    expect(exactFigure(12.345678, 'duration')).toBe('12.345678 ms')
  })

  it.each([
    [480, 'ms', '480 ms'],
    [2, 's', '2 s'],
    [6.4, '%', '6.4 %'],
    [86.2, 'percent', '86.2 %'],
    [2048, 'bytes/s', '2 KiB/s'],
    [51, '', '51'],
    [10_812, 'count', '10,812'],
    [1.234, '/min', '1.23/min'],
    [2, 'cores', '2 cores'],
  ])('says %d in %j as %s', (value, unit, text) => {
    expect(plain(formatWithUnit(value, unit))).toBe(text)
  })

  it('chooses the format by the unit', () => {
    expect(plain(formatFigure(1536, 'bytesRate'))).toBe('1.5 KiB/s')
    expect(formatFigure(1.23456, 'plain')).toBe('1.23')
  })
})

describe('describeMetric', () => {
  it.each([
    ['p95Ms', 'p95', 'ms'],
    ['eventLoopDelay.p99Ms', 'event loop delay p99', 'ms'],
    ['errorRatePercent', 'error rate', '%'],
    ['cpuUsagePercent', 'CPU usage', '%'],
    ['rssGrowthBytesPerHour', 'rss growth', 'bytes/h'],
    ['CPU time', 'CPU time', ''],
  ])('reads %s', (metric, label, unit) => {
    expect(describeMetric(metric)).toEqual({ label, unit })
  })
})

describe('shortenMiddle', () => {
  it('keeps both ends of what is too long', () => {
    expect(shortenMiddle('GET /orders', 20)).toBe('GET /orders')
    const short = shortenMiddle('GET /a/very/long/template/with/:many/parts', 20)
    expect(short).toHaveLength(20)
    expect(short).toMatch(/^GET \/a.*….*parts$/)
  })
})
