import { describe, expect, it } from 'vitest'
import { formatBytes, formatCount, formatMs, formatPercent, operationLabel, printable } from '../../src/types/units.js'

describe('figures as text', () => {
  it.each([
    [0, '0 ms'],
    [0.0421, '42.1 µs'],
    [340.4, '340 ms'],
    [1420, '1.42 s'],
    [60_000, '1 min'],
    [150_000, '2.5 min'],
    [8 * 3_600_000, '8 h'],
    [7 * 86_400_000, '7 d'],
  ])('%d ms is %s', (ms, text) => expect(formatMs(ms)).toBe(text))

  it.each([
    [0, '0 B'],
    [1536, '1.5 KiB'],
    [3.42 * 1024 ** 3, '3.42 GiB'],
    [2048 * 1024 ** 5, '2,050 PiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it('keeps a digit where a threshold is near, and groups thousands', () => {
    expect(formatPercent(80.04)).toBe('80 %')
    expect(formatPercent(80.06)).toBe('80.1 %')
    expect(formatPercent(0.4234)).toBe('0.423 %')
    expect(formatPercent(100)).toBe('100 %')
    expect(formatCount(1_234_567)).toBe('1,234,567')
    expect(formatCount(2.345)).toBe('2.35')
  })

  it('makes one printable line of any name', () => {
    expect(printable('a\r\n\u0000b\u202ec')).toBe('a b c')
    expect(printable('x'.repeat(5000))).toHaveLength(160)
    expect(operationLabel({ component: 'http', operation: 'GET /a' })).toBe('GET /a')
    expect(operationLabel({ component: 'db', operation: 'SELECT 1' })).toBe('db SELECT 1')
  })
})
