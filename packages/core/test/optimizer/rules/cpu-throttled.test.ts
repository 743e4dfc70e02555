import { describe, expect, it } from 'vitest'
import { cpuThrottled } from '../../../src/optimizer/rules/cpu-throttled.js'
import { constant, type WindowDescription } from '../../helpers/window.js'
import { analyse } from './analyse.js'

const rule = cpuThrottled()

function throttled(column: number[], startsAfterMs = 0): WindowDescription {
  return {
    operations: [{ operation: 'GET /', durations: [...constant(600, 20), ...constant(300, 90)] }],
    system: { 'container.throttledPercent': column, cpuUsagePercent: constant(60, 98) },
    runtime: { cpuPercent: constant(60, 48), 'eventLoopDelay.maxMs': constant(60, 70) },
    latestSystem: {
      container: { cpuLimitCores: 0.5, memoryLimitBytes: null, memoryUsedBytes: null, throttledPercent: 40 },
    },
    startsAfterMs,
  }
}

describe('cpu-throttled', () => {
  it('says limit and share, that the code is not the cause, and how much more it needs', () => {
    const [finding, ...more] = analyse(rule, throttled(constant(60, 40)))
    expect(more).toEqual([])
    expect(finding?.bottleneck.title).toBe(
      'The container’s quota of 0.5 cores stops the process in 40 % of the scheduling periods',
    )
    expect(finding?.bottleneck.description).toContain('the limit’s, not the code’s')
    expect(['medium', 'high', 'critical']).toContain(finding?.bottleneck.severity)
    expect(finding?.recommendations[0]).toMatchObject({
      title: 'Raise the container’s CPU limit to 1 cores, or take it off and keep the request',
      estimatedImpact: { metric: 'container.throttledPercent', current: 40, predicted: 0 },
    })
  })

  it('explains what standing still looks like, not what has a place in the code', () => {
    const [finding] = analyse(rule, throttled(constant(60, 40)))
    const other = (type: string, location: unknown = null) =>
      ({ bottleneck: { ...finding?.bottleneck, type, location }, recommendations: [] }) as never
    expect(finding?.explains?.(other('high-cpu-usage'))).toBe(true)
    expect(finding?.explains?.(other('slow-operations'))).toBe(true)
    expect(finding?.explains?.(other('event-loop-blocked'))).toBe(true)
    expect(finding?.explains?.(other('event-loop-blocked', { file: 'a.js', line: 1 }))).toBe(false)
    expect(finding?.explains?.(other('n-plus-one'))).toBe(false)
  })

  it('explains blocks that would be short with a whole core, not those that would be long', () => {
    const [finding] = analyse(rule, throttled(constant(60, 40)))
    const blocked = (ms: number) =>
      ({
        bottleneck: {
          ...finding?.bottleneck,
          type: 'event-loop-blocked',
          location: { file: 'a.js', line: 1, column: 1, function: 'a' },
          evidence: [{ metric: 'blockMs', value: ms, unit: 'ms' }],
        },
        recommendations: [],
      }) as never
    expect(finding?.explains?.(blocked(90))).toBe(true)
    expect(finding?.explains?.(blocked(400))).toBe(false)
  })

  it.each([
    ['few periods', constant(60, 5), 0],
    ['a short time', [...constant(50, 0), ...constant(10, 90)], 0],
    ['start-up', [...constant(16, 90), ...constant(44, 0)], 30_000],
    ['too few samples', constant(9, 90), 0],
  ])('is silent about %s', (_name, column, startsAfterMs) => {
    expect(analyse(rule, throttled(column, startsAfterMs))).toEqual([])
  })

  it('is silent outside of containers', () => {
    expect(analyse(rule, {})).toEqual([])
  })
})
