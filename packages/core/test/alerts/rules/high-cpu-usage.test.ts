import { describe, expect, it } from 'vitest'
import { highCpuUsage } from '../../../src/alerts/rules/high-cpu-usage.js'
import { constant, metricsWindow } from '../../helpers/window.js'
import { evaluated, OPTIONS } from './rules.js'

const rule = highCpuUsage(OPTIONS)

describe('high-cpu-usage', () => {
  it('fires on the mean of the window, above the threshold and not at it', () => {
    expect(evaluated(rule, metricsWindow({ system: { cpuUsagePercent: constant(60, 80) } }))).toEqual([])
    const [condition] = evaluated(rule, metricsWindow({ system: { cpuUsagePercent: constant(60, 91) } }))
    expect(condition).toMatchObject({ value: 91, threshold: 80, unit: '%', component: 'system', operation: null })
    expect(condition?.message).toBe('CPU usage is 91 % on average over the last 60 s (threshold 80 %)')
  })

  it('takes no spike for usage, however high the mean', () => {
    const column = [...constant(31, 75), ...constant(29, 100)]
    expect(evaluated(rule, metricsWindow({ system: { cpuUsagePercent: column } }))).toEqual([])
  })

  it('needs samples: nulls are no evidence', () => {
    expect(evaluated(rule, metricsWindow({ system: { cpuUsagePercent: [null, 100, 100, null] } }))).toEqual([])
    expect(evaluated(rule, metricsWindow({ sampleCount: 0 }))).toEqual([])
    expect(evaluated(rule, metricsWindow({ system: { cpuUsagePercent: [null, 100, 100, 100] } }))).toHaveLength(1)
  })

  it('sees the one thread of the loop on a host with many cores, once', () => {
    const runtime = { eventLoopUtilizationPercent: constant(60, 97), cpuPercent: constant(60, 99) }
    const [condition, ...more] = evaluated(
      rule,
      metricsWindow({ system: { cpuUsagePercent: constant(60, 13) }, runtime }),
    )
    expect(more).toEqual([])
    expect(condition?.message).toContain('the event loop is 97 % busy and this process uses 99 % of one core')
    expect(evaluated(rule, metricsWindow({ system: { cpuUsagePercent: constant(60, 90) }, runtime }))).toHaveLength(1)
    // utilization without CPU is a synchronous wait
    expect(evaluated(rule, metricsWindow({ runtime: { ...runtime, cpuPercent: constant(60, 20) } }))).toEqual([])
  })
})
