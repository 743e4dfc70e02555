import { describe, expect, it } from 'vitest'
import { highCpuUsage } from '../../../src/optimizer/rules/high-cpu-usage.js'
import { constant, HOSTILE_NAMES, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'

const rule = highCpuUsage()
const BUSY_LOOP = {
  eventLoopUtilizationPercent: constant(60, 96),
  cpuPercent: constant(60, 98),
  'eventLoopDelay.maxMs': constant(60, 400),
  'eventLoopDelay.p99Ms': constant(60, 350),
}
const HASH = { operation: 'POST /hash', durations: constant(120, 380) }
const QUICK = { operation: 'GET /quick', durations: [...constant(50, 100), ...constant(50, 1100)] }

describe('high-cpu-usage', () => {
  it('names the operation whose own work fills the loop, its victims, and what the loop would be without it', () => {
    const [finding, ...more] = analyse(rule, { runtime: BUSY_LOOP, operations: [HASH, QUICK] })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ component: 'http', operation: 'POST /hash' })
    expect(finding?.bottleneck.description).toContain(
      'POST /hash (120 runs of at least 380 ms own time: up to 76 % of the loop)',
    )
    expect(finding?.bottleneck.description).toContain('Slow because of it: GET /quick')
    expect(finding?.recommendations[0]).toMatchObject({
      type: 'algorithm-optimization',
      estimatedImpact: { metric: 'eventLoopUtilizationPercent', current: 96, predicted: 20 },
    })
    expect(['high', 'critical']).toContain(finding?.bottleneck.severity)
  })

  it('does not fire at the threshold, for a spike, nor without samples', () => {
    for (const column of [
      constant(60, 80),
      [...constant(50, 10), ...constant(10, 100)],
      [...constant(56, null as never), ...constant(4, 100)],
      constant(9, 100),
    ]) {
      expect(analyse(rule, { system: { cpuUsagePercent: column } })).toEqual([])
    }
    expect(analyse(rule, {})).toEqual([])
  })

  it('does not take start-up for a steady state', () => {
    const column = [...constant(20, 100), ...constant(40, 20)]
    expect(analyse(rule, { system: { cpuUsagePercent: column } })).toHaveLength(1)
    expect(analyse(rule, { system: { cpuUsagePercent: column }, startsAfterMs: 30_000 })).toEqual([])
  })

  it('does not take waiting for work: what overlaps cannot have been on the loop', () => {
    const waits = { operation: 'GET /waits', durations: constant(600, 900) }
    const [finding] = analyse(rule, { runtime: BUSY_LOOP, operations: [waits] })
    expect(finding?.bottleneck.operation).toBeNull()
    expect(finding?.bottleneck.description).toContain('None of the measured operations has enough own time')
  })

  it('says that other processes take the CPU, or the quota, where they do', () => {
    const latestSystem = { cpuCoresPercent: constant(4, 95) }
    const [foreign] = analyse(rule, {
      system: { cpuUsagePercent: constant(60, 95) },
      runtime: { cpuPercent: constant(60, 20) },
      latestSystem,
    })
    expect(foreign?.bottleneck.description).toContain('other processes take the rest')
    expect(foreign?.recommendations.map(({ type }) => type)).toEqual(['architectural-change'])
    const container = { cpuLimitCores: 1, memoryLimitBytes: null, memoryUsedBytes: null, throttledPercent: 40 }
    const [throttled] = analyse(rule, {
      system: { cpuUsagePercent: constant(60, 95), 'container.throttledPercent': constant(60, 40) },
      runtime: { cpuPercent: constant(60, 95), 'gc.pausePercent': constant(60, 20) },
      latestSystem: { ...latestSystem, container },
    })
    expect(throttled?.bottleneck.description).toContain('quota of 1 cores stopped it in 40 % of the periods')
    expect(throttled?.recommendations.map(({ type }) => type)).toEqual(['memory-management', 'configuration-tuning'])
    expect(evidence(throttled, 'gc.pausePercent')).toBe(20)
  })

  it('is of low severity while nobody waits', () => {
    const healthy = { operation: 'GET /', durations: constant(5000, 2) }
    const runtime = { ...BUSY_LOOP, 'eventLoopDelay.maxMs': constant(60, 3), 'eventLoopDelay.p99Ms': constant(60, 2) }
    const [finding] = analyse(rule, { runtime, operations: [healthy] })
    expect(finding?.bottleneck.impactScore).toBeLessThan(0.15)
    const [batch] = analyse(rule, {
      runtime: BUSY_LOOP,
      operations: [{ component: 'batch', operation: 'rows', durations: constant(55, 1000) }],
    })
    expect(batch?.bottleneck.impactScore).toBeLessThan(0.3)
  })

  it.each(HOSTILE_NAMES)('writes one line for an operation named %j', (operation) => {
    const description: WindowDescription = { runtime: BUSY_LOOP, operations: [{ ...HASH, operation }] }
    const [finding] = analyse(rule, description)
    expect(finding?.bottleneck.operation).toBe(operation)
    expect(`${finding?.bottleneck.title}${finding?.bottleneck.description}`).not.toMatch(/[\n\u202e]/)
  })
})
