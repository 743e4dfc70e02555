import { describe, expect, it } from 'vitest'
import { highMemoryUsage } from '../../../src/alerts/rules/high-memory-usage.js'
import { constant, metricsWindow } from '../../helpers/window.js'
import { evaluated, OPTIONS } from './rules.js'

const rule = highMemoryUsage(OPTIONS)
const GIB = 1024 ** 3

function system(usedShare: number, samples = 60) {
  return { memoryUsedBytes: constant(samples, usedShare * 16 * GIB), memoryTotalBytes: constant(samples, 16 * GIB) }
}

describe('high-memory-usage', () => {
  it('fires above the threshold and not at it', () => {
    expect(evaluated(rule, metricsWindow({ system: system(0.85) }))).toEqual([])
    const [condition] = evaluated(rule, metricsWindow({ system: system(0.9) }))
    expect(condition).toMatchObject({ value: 90, threshold: 85, severity: 'warning' })
    expect(condition?.message).toBe(
      '90 % of the memory is in use (14.4 GiB of 16 GiB) on average over the last 60 s (threshold 85 %)',
    )
    expect(evaluated(rule, metricsWindow({ system: system(0.97) }))[0]?.severity).toBe('critical')
  })

  it('judges the heap by what collections leave', () => {
    const latestRuntime = { heapLimitBytes: 4 * GIB }
    const sawtooth = Array.from({ length: 60 }, (_, i) => (i % 10 === 0 ? 1 : 3.9) * GIB)
    expect(evaluated(rule, metricsWindow({ runtime: { heapUsedBytes: sawtooth }, latestRuntime }))).toEqual([])
    const full = constant(60, 3.6 * GIB)
    const [condition] = evaluated(
      rule,
      metricsWindow({ system: system(0.5), runtime: { heapUsedBytes: full }, latestRuntime }),
    )
    expect(condition?.value).toBeCloseTo(90)
    expect(condition?.message).toContain('the heap never went below 90 % of its limit')
  })

  it('raises nothing from nulls and too few samples', () => {
    expect(evaluated(rule, metricsWindow({ system: system(0.99, 2) }))).toEqual([])
    expect(evaluated(rule, metricsWindow({ system: { memoryUsedBytes: constant(60, GIB) } }))).toEqual([])
    expect(
      evaluated(
        rule,
        metricsWindow({ runtime: { heapUsedBytes: constant(60, GIB) }, latestRuntime: { heapLimitBytes: null } }),
      ),
    ).toEqual([])
  })
})
