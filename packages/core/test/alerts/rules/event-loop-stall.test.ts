import { describe, expect, it } from 'vitest'
import { eventLoopStall } from '../../../src/alerts/rules/event-loop-stall.js'
import type { Stall } from '../../../src/types/stalls.js'
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

  it('names place and operation of the longest one, as far as they are known', () => {
    const window = metricsWindow({ runtime: { 'eventLoopDelay.maxMs': [...constant(59, 2), 480] } })
    const asked: number[][] = []
    const stall = {
      ...{ location: { file: 'src/report.ts', line: 12, column: 3, function: 'render' }, stack: [] },
      ...{ component: 'http', operation: 'GET /report', durationMs: 480, requestsInFlight: 3 },
      startedAt: '2026-01-01T00:00:00.000Z',
    }
    const ruleWith = (longest: Stall | null) =>
      eventLoopStall({
        stallThresholdMs: 100,
        longestStall: (from, to) => {
          asked.push([from, to])
          return longest
        },
      })
    const [named] = evaluated(ruleWith(stall), window)
    expect(named?.message).toMatch(/; the longest in render \(src\/report.ts:12\) while http GET \/report ran$/)
    expect(named?.labels).toBeUndefined() // they tell alerts apart: a stall elsewhere is still the same condition
    expect(asked).toEqual([[window.from, window.to]])
    const [native] = evaluated(ruleWith({ ...stall, location: null }), window)
    expect(native?.message).toMatch(/; the longest while http GET \/report ran$/)
    const [unknown] = evaluated(ruleWith({ ...stall, location: null, component: null, operation: null }), window)
    expect(unknown?.message).toMatch(/60 samples\)$/)
    const ruleWithoutWatchdog = eventLoopStall({ stallThresholdMs: 100, longestStall: () => undefined })
    expect(evaluated(ruleWithoutWatchdog, window)[0]?.message).toMatch(/60 samples\)$/)
  })

  it('is silent where the watchdog saw no block: the process was stopped, or the machine slept', () => {
    const window = metricsWindow({ runtime: { 'eventLoopDelay.maxMs': [...constant(59, 2), 3000] } })
    expect(evaluated(eventLoopStall({ stallThresholdMs: 100, longestStall: () => null }), window)).toEqual([])
  })

  it('tells the length of the block where the process was stopped for longer in the same minute', () => {
    const window = metricsWindow({ runtime: { 'eventLoopDelay.maxMs': [...constant(58, 2), 270, 2510] } })
    const block: Stall = {
      ...{ location: null, stack: [], component: null, operation: null, durationMs: 268, requestsInFlight: 3 },
      startedAt: '2026-01-01T00:00:00.000Z',
    }
    const [condition] = evaluated(eventLoopStall({ stallThresholdMs: 100, longestStall: () => block }), window)
    expect(condition).toMatchObject({ value: 268, severity: 'warning' })
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
