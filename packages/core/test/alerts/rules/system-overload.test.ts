import { describe, expect, it } from 'vitest'
import { systemOverload } from '../../../src/alerts/rules/system-overload.js'
import { constant, metricsWindow } from '../../helpers/window.js'
import { evaluated, OPTIONS } from './rules.js'

const rule = systemOverload(OPTIONS)
const CPU = { cpuUsagePercent: constant(60, 95) }
const MEMORY = { memoryUsedBytes: constant(60, 95), memoryTotalBytes: constant(60, 100) }
const LOOP = { eventLoopUtilizationPercent: constant(60, 96) }

describe('system-overload', () => {
  it('is critical when two resources are at their limit together', () => {
    const [condition] = evaluated(rule, metricsWindow({ system: CPU, runtime: LOOP }))
    expect(rule.severity).toBe('critical')
    expect(condition).toMatchObject({ value: 2, threshold: 1, unit: 'resources' })
    expect(condition?.message).toBe(
      '2 resources are at their limit together over the last 60 s: CPU 95 %, event loop 96 % busy',
    )
    expect(evaluated(rule, metricsWindow({ system: { ...CPU, ...MEMORY }, runtime: LOOP }))[0]?.value).toBe(3)
  })

  it('is nothing with one of them, or with two just at the limit', () => {
    for (const description of [{ system: CPU }, { system: MEMORY }, { runtime: LOOP }]) {
      expect(evaluated(rule, metricsWindow(description))).toEqual([])
    }
    const atLimit = {
      system: { cpuUsagePercent: constant(60, 90) },
      runtime: { eventLoopUtilizationPercent: constant(60, 90) },
    }
    expect(evaluated(rule, metricsWindow(atLimit))).toEqual([])
  })

  it('takes waiting for memory for memory, but counts it once', () => {
    const pressure = { 'pressure.memory': constant(60, 30) }
    expect(evaluated(rule, metricsWindow({ system: { ...CPU, ...pressure } }))[0]?.message).toContain(
      'waiting for memory 30 %',
    )
    expect(evaluated(rule, metricsWindow({ system: { ...MEMORY, ...pressure } }))).toEqual([])
  })

  it('raises nothing from a spike, nulls and too few samples', () => {
    const spike = [...constant(50, 10), ...constant(10, 100)]
    expect(
      evaluated(
        rule,
        metricsWindow({ system: { cpuUsagePercent: spike }, runtime: { eventLoopUtilizationPercent: spike } }),
      ),
    ).toEqual([])
    const nulls = {
      system: { cpuUsagePercent: [100, null, 100] },
      runtime: { eventLoopUtilizationPercent: [null, 100, 100] },
    }
    expect(evaluated(rule, metricsWindow(nulls))).toEqual([])
    expect(
      evaluated(
        rule,
        metricsWindow({ system: { ...CPU, memoryUsedBytes: constant(60, 95), memoryTotalBytes: constant(60, 0) } }),
      ),
    ).toEqual([])
  })
})
