import { describe, expect, it } from 'vitest'
import { networkLatency } from '../../../src/alerts/rules/network-latency.js'
import { constant, HOSTILE_NAMES, metricsWindow } from '../../helpers/window.js'
import { evaluated, OPTIONS } from './rules.js'

const rule = networkLatency(OPTIONS)

function connects(operation: string, durations: number[]) {
  return evaluated(rule, metricsWindow({ operations: [{ component: 'connect', operation, durations }] }))
}

describe('network-latency', () => {
  it('names the host whose mean is above the threshold, not at it', () => {
    expect(connects('db.example', constant(10, 500))).toEqual([])
    const [condition] = connects('db.example', constant(10, 620))
    expect(condition).toMatchObject({
      component: 'connect',
      operation: 'db.example',
      value: 620,
      threshold: 500,
      unit: 'ms',
    })
    expect(condition?.message).toBe(
      'connecting to db.example took 620 ms on average over the last 60 s (threshold 500 ms, 10 connections)',
    )
  })

  it('takes a lost packet of few connections for no trend', () => {
    expect(connects('db.example', [10, 10, 10, 3000])).toEqual([])
  })

  it('judges the sampled mean where no host is known', () => {
    const [condition] = evaluated(rule, metricsWindow({ system: { networkLatencyMs: [null, 600, 700, null, 800] } }))
    expect(condition).toMatchObject({ operation: null, value: 700 })
    expect(evaluated(rule, metricsWindow({ system: { networkLatencyMs: [null, 600, 700] } }))).toEqual([])
    expect(evaluated(rule, metricsWindow({ system: { networkLatencyMs: constant(3, 500) } }))).toEqual([])
    expect(evaluated(rule, metricsWindow())).toEqual([])
  })

  it.each(HOSTILE_NAMES)('writes one line for a host named %j', (operation) => {
    expect(connects(operation, constant(10, 900))[0]?.message).not.toMatch(/[\n\u202e]/)
  })
})
