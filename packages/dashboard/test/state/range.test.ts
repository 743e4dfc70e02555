import { describe, expect, it } from 'vitest'
import { describeRange, formatRange, parseRange, RANGE_CHOICES, rangeBounds, stepFor } from '../../src/state/range.js'

describe('ranges', () => {
  it('writes every choice so that it reads back', () => {
    for (const { lastMs } of RANGE_CHOICES) {
      expect(parseRange(formatRange({ kind: 'last', lastMs }))).toEqual({ kind: 'last', lastMs })
    }
    expect(RANGE_CHOICES.map(({ lastMs }) => formatRange({ kind: 'last', lastMs }))).toEqual([
      '5m',
      '10m',
      '30m',
      '1h',
      '6h',
      '1d',
    ])
  })

  it('refuses a fixed range that is no stretch of time', () => {
    expect(parseRange('1767226200000-1767225600000').kind).toBe('last')
    expect(parseRange('1767225600000-1767225601000').kind).toBe('last')
  })

  it('ends now, or where it was fixed', () => {
    expect(rangeBounds({ kind: 'last', lastMs: 1000 }, 5000)).toEqual({ fromMs: 4000, toMs: 5000 })
    expect(rangeBounds({ kind: 'fixed', fromMs: 1, toMs: 2 }, 5000)).toEqual({ fromMs: 1, toMs: 2 })
  })

  it('steps in whole intervals, at most 600 of them', () => {
    expect(stepFor({ kind: 'last', lastMs: 600_000 }, 1000)).toBe(1000)
    expect(stepFor({ kind: 'last', lastMs: 3_600_000 }, 1000)).toBe(6000)
    expect(stepFor({ kind: 'last', lastMs: 3_600_000 }, 5000)).toBe(10_000)
    expect(stepFor({ kind: 'fixed', fromMs: 0, toMs: 2000 }, 1000)).toBe(1000)
  })

  it('says what it is', () => {
    const fixed = (from: number, to: number) => `${from} to ${to}`
    expect(describeRange({ kind: 'last', lastMs: 3_600_000 }, fixed)).toBe('last hour')
    expect(describeRange({ kind: 'last', lastMs: 7_200_000 }, fixed)).toBe('last 2h')
    expect(describeRange({ kind: 'fixed', fromMs: 1, toMs: 2 }, fixed)).toBe('1 to 2')
  })
})
