import { describe, expect, it } from 'vitest'
import { highCpuUsage } from '../../../src/optimizer/rules/high-cpu-usage.js'
import type { WantedCapture } from '../../../src/types/captures.js'
import { constant, HOSTILE_NAMES, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { at, profile } from './captured.js'

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

  it('names the place, the functions and whom the CPU is for by a profile, and asks for one until then', () => {
    const operations = ['GET /a', 'GET /b'].map((operation) => ({ operation, durations: constant(6000, 4) }))
    const wanted: WantedCapture[] = []
    analyse(rule, { runtime: BUSY_LOOP, operations }, { wanted })
    expect(wanted).toEqual([{ type: 'cpu', reason: 'high-cpu-usage: what takes it' }])
    const highlight = at('src/highlight.js', 9, 'highlight')
    const functions = [
      { function: 'highlight', location: highlight, self: 2400, total: 2600, selfPercent: 60, totalPercent: 65 },
      {
        function: 'page',
        location: at('src/page.js', 2, 'page'),
        self: 40,
        total: 3800,
        selfPercent: 1,
        totalPercent: 95,
      },
    ]
    const profiles = [
      profile([{ location: highlight, self: 2400, operations: { 'GET /a': 1400, 'GET /b': 1000 } }], {
        total: 4000,
        functions,
      }),
    ]
    const [finding] = analyse(rule, { runtime: BUSY_LOOP, operations }, { captures: { profiles } })
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /a', location: { file: 'src/highlight.js', line: 9 } })
    expect(finding?.bottleneck.description).toContain('most time is spent in `highlight` (src/highlight.js:9) 60 %.')
    expect(finding?.bottleneck.description).toContain('With all they call: `page` (src/page.js:2) 95 %.')
    expect(finding?.bottleneck.description).toContain('It was for GET /a 35 %, GET /b 25 %.')
    expect(finding?.recommendations[0]?.estimatedImpact).toMatchObject({
      metric: 'eventLoopUtilizationPercent',
      current: 96,
    })
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(38.4)
  })

  it('is no remark where the loop is full for most of the time, however quick the answers seem', () => {
    const cpu = (busy: number) => [...constant(60 - busy, 60), ...constant(busy, 97)]
    const of = (busy: number) => ({
      runtime: { eventLoopUtilizationPercent: cpu(busy), cpuPercent: cpu(busy) },
      operations: [{ operation: 'GET /docs', durations: constant(9000, 5) }],
    })
    expect(analyse(rule, of(48))[0]?.bottleneck.severity).toBe('medium')
    expect(analyse(rule, of(24))[0]?.bottleneck.severity).toBe('low')
  })

  it('is its own where the loop fills its one of many cores, whatever the other cores do', () => {
    const [finding] = analyse(rule, {
      system: { cpuUsagePercent: constant(60, 92) },
      latestSystem: { cpuCoresPercent: constant(8, 92) },
      runtime: BUSY_LOOP,
      operations: [HASH, QUICK],
    })
    expect(finding?.bottleneck).toMatchObject({ operation: 'POST /hash' })
    expect(finding?.bottleneck.description).not.toContain('other processes')
    expect(['high', 'critical']).toContain(finding?.bottleneck.severity)
  })

  it('is a remark when other processes take the CPU', () => {
    const [finding] = analyse(rule, {
      system: { cpuUsagePercent: constant(60, 99) },
      runtime: { ...BUSY_LOOP, cpuPercent: constant(60, 20) },
      latestSystem: { cpuCoresPercent: constant(4, 99) },
      operations: [QUICK],
    })
    expect(finding?.bottleneck.severity).toBe('low')
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
