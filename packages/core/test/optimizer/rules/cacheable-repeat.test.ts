import { describe, expect, it } from 'vitest'
import { cacheableRepeat } from '../../../src/optimizer/rules/cacheable-repeat.js'
import type { RepeatRecord } from '../../../src/types/captures.js'
import { constant } from '../../helpers/window.js'
import { analyse } from './analyse.js'
import { place } from './kept.js'

const rule = cacheableRepeat()

function found(of: Partial<RepeatRecord> & { operation?: string; ms?: number; count?: number } = {}) {
  const { operation = 'GET /tariff', ms = 170, count = 600, ...more } = of
  const repeats: RepeatRecord = {
    requests: 600,
    distinctKeys: 12,
    sameAnswerCount: 588,
    otherAnswerCount: 0,
    sameAnswerMs: 588 * 170,
    ...more,
  }
  return analyse(
    rule,
    { operations: [{ operation, durations: constant(count, ms) }] },
    { captures: { repeats: () => repeats, definition: () => place('src/tariff.ts', 20) } },
  )
}

describe('cacheable-repeat', () => {
  it('names route and repetition, and p95 of a hit where nearly all repeat', () => {
    const [finding, ...more] = found()
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      operation: 'GET /tariff',
      location: { file: 'src/tariff.ts', line: 20 },
    })
    expect(finding?.bottleneck.description).toContain('98 % of the requests')
    expect(finding?.recommendations[0]?.estimatedImpact).toMatchObject({ metric: 'p95Ms', current: 170, predicted: 2 })
  })

  it('promises the mean where many do not', () => {
    const [finding] = found({ distinctKeys: 120, sameAnswerCount: 480, sameAnswerMs: 480 * 170 })
    const impact = finding?.recommendations[0]?.estimatedImpact
    expect(impact?.metric).toBe('averageDurationMs')
    expect(impact?.predicted).toBeCloseTo(170 - (480 * 168) / 600)
  })

  it.each([
    ['answers that change', { otherAnswerCount: 100, sameAnswerCount: 480 }],
    ['cheap answers', { ms: 40, sameAnswerMs: 588 * 40 }],
    ['a cache that works: most requests are quick already', { count: 6000, ms: 40 }],
    ['URLs that hardly repeat', { distinctKeys: 300 }],
    ['what writes', { operation: 'POST /tariff' }],
    ['few requests', { requests: 30, sameAnswerCount: 28, distinctKeys: 2, count: 30 }],
  ])('is silent for %s', (_, of) => {
    expect(found(of)).toEqual([])
  })
})
