import { describe, expect, it } from 'vitest'
import { eventLoopStall } from '../../../src/alerts/rules/event-loop-stall.js'
import { constant, metricsWindow } from '../../helpers/window.js'
import { evaluated } from './rules.js'

const rule = eventLoopStall({ stallThresholdMs: 100 })

describe('event-loop-stall', () => {
  it('fires on one stall above the threshold, not at it', () => {
    expect(evaluated(rule, metricsWindow({ runtime: { 'eventLoopDelay.maxMs': [...constant(59, 2), 100] } }))).toEqual(
      [],
    )
    const [condition] = evaluated(
      rule,
      metricsWindow({ runtime: { 'eventLoopDelay.maxMs': [...constant(59, 2), 480] } }),
    )
    expect(condition).toMatchObject({ component: 'runtime', value: 480, threshold: 100, severity: 'warning' })
    expect(condition?.message).toBe(
      'the event loop stood still for 480 ms over the last 60 s (threshold 100 ms, beyond it in 1 of 60 samples)',
    )
    expect(evaluated(rule, metricsWindow({ runtime: { 'eventLoopDelay.maxMs': [1500] } }))[0]?.severity).toBe(
      'critical',
    )
  })

  it('is off at 0', () => {
    const window = metricsWindow({ runtime: { 'eventLoopDelay.maxMs': [5000] } })
    expect(evaluated(eventLoopStall({ stallThresholdMs: 0 }), window)).toEqual([])
  })

  it('leaves start-up and what was not measured out', () => {
    const column = [900, ...constant(20, 2)]
    expect(
      evaluated(rule, metricsWindow({ runtime: { 'eventLoopDelay.maxMs': column }, startsAfterMs: 30_000 })),
    ).toEqual([])
    expect(evaluated(rule, metricsWindow({ runtime: { 'eventLoopDelay.maxMs': column } }))).toHaveLength(1)
    expect(evaluated(rule, metricsWindow({ runtime: { 'eventLoopDelay.maxMs': [null, Number.NaN] } }))).toEqual([])
  })
})
