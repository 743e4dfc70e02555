import { describe, expect, it } from 'vitest'
import { eventLoopBlocked } from '../../../src/optimizer/rules/event-loop-blocked.js'
import { highCpuUsage } from '../../../src/optimizer/rules/high-cpu-usage.js'
import { slowOperations } from '../../../src/optimizer/rules/slow-operations.js'
import type { WantedCapture } from '../../../src/types/captures.js'
import { constant, HOSTILE_NAMES, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { at, profile, stall } from './captured.js'

const rule = eventLoopBlocked()
const REPORT = { operation: 'GET /report', durations: [...constant(28, 210), ...constant(2, 420)] }
const QUICK = { operation: 'GET /quick', durations: [...constant(400, 3), ...constant(100, 190)] }
const BLOCKED: WindowDescription = {
  operations: [REPORT, QUICK],
  runtime: {
    eventLoopUtilizationPercent: constant(60, 14),
    'eventLoopDelay.maxMs': constant(60, 205),
    'eventLoopDelay.p99Ms': constant(60, 200),
  },
}
const STALLS = [stall({ count: 30, totalMs: 6000 })]

describe('event-loop-blocked', () => {
  it('names function, place and operation of captured blocks, and predicts p95 without them', () => {
    const [finding, ...more] = analyse(rule, BLOCKED, { captures: { stalls: STALLS } })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      type: 'event-loop-blocked',
      component: 'http',
      operation: 'GET /report',
      location: { file: 'src/report.js', line: 42, function: 'buildReport' },
      title: '`buildReport` (src/report.js:42) holds the event loop for 200 ms at a time in GET /report',
    })
    expect(['medium', 'high', 'critical']).toContain(finding?.bottleneck.severity)
    expect(evidence(finding, 'blockedMsPerMinute')).toBe(6000)
    const impact = finding?.recommendations[0]?.estimatedImpact
    expect(impact).toMatchObject({ metric: 'p95Ms', current: 420 })
    expect(impact?.predicted).toBeLessThanOrEqual(21)
    expect(impact?.predicted).toBeGreaterThanOrEqual(3)
  })

  it('is silent where a turn of a busy loop is long and no run is', () => {
    const busy = { operation: 'GET /report', durations: constant(6000, 5) }
    const runtime = { ...BLOCKED.runtime, eventLoopUtilizationPercent: constant(60, 99) }
    const of = (durations: number[]) =>
      analyse(rule, { runtime, operations: [{ ...busy, durations }] }, { captures: { stalls: STALLS } })
    expect(of(busy.durations)).toEqual([])
    // one in 200 runs holds the loop
    expect(of([...busy.durations, ...constant(30, 210)])).toHaveLength(1)
    // the work goes on after the answer: few requests come meanwhile
    expect(of(constant(400, 5))).toHaveLength(1)
  })

  it('lists who waits for it, and takes their findings', () => {
    const slow = { operation: 'GET /other', durations: constant(100, 1100) }
    const steady = { operation: 'GET /rows', durations: constant(100, 400) }
    const [finding] = analyse(
      rule,
      {
        operations: [REPORT, QUICK, slow, steady],
        runtime: { ...BLOCKED.runtime, 'eventLoopDelay.maxMs': constant(60, 1000) },
      },
      { captures: { stalls: STALLS } },
    )
    expect(finding?.bottleneck.victims).toContainEqual({
      ...{ component: 'http', operation: 'GET /other', metric: 'p95Ms', value: 1100, unit: 'ms' },
    })
    const about = (type: string, operation: string) => ({
      bottleneck: {
        type,
        operation,
        component: 'http',
        severity: 'high' as const,
        title: '',
        description: '',
        impactScore: 1,
        evidence: [],
        location: null,
      },
      recommendations: [],
    })
    expect(finding?.explains?.(about('slow-operations', 'GET /other'))).toBe(true)
    expect(finding?.explains?.(about('n-plus-one', 'GET /other'))).toBe(false)
    expect(finding?.explains?.(about('slow-operations', 'GET /nowhere'))).toBe(false)
    // slow at the median: blocks of a tenth of the time do not explain that, longer ones of half of it do
    expect(finding?.explains?.(about('slow-operations', 'GET /rows'))).toBe(true)
    expect(finding?.explains?.(about('database-slowness', 'GET /rows'))).toBe(false)
    expect(finding?.explains?.(about('slow-operations', 'GET /report'))).toBe(true)
    expect(finding?.explains?.(about('database-slowness', 'GET /report'))).toBe(false)
    const stalls = [stall({ count: 60, totalMs: 30_000 })]
    const longer = (quick: typeof QUICK) =>
      analyse(
        rule,
        {
          operations: [REPORT, quick, slow, steady],
          runtime: { ...BLOCKED.runtime, 'eventLoopDelay.maxMs': constant(60, 1000) },
        },
        { captures: { stalls } },
      )[0]
    const delayed = { ...QUICK, durations: constant(500, 260) }
    expect(longer(delayed)?.explains?.(about('database-slowness', 'GET /rows'))).toBe(true)
    // nobody else waits at the median, though he calls a little less often
    const connecting = { component: 'db', operation: '(connect pg)', calls: 2, totalMs: 20 }
    Object.assign(steady, { children: [connecting] })
    expect(longer(QUICK)?.explains?.(about('database-slowness', 'GET /rows'))).toBe(false)
  })

  it('explains a loop that stood still for as long as it, and no longer one', () => {
    const nobody = { type: 'slow-operations', component: null, operation: null, title: 'slow', location: null }
    const explains = (maxMs: number) => {
      const [finding] = analyse(
        rule,
        { ...BLOCKED, runtime: { ...BLOCKED.runtime, 'eventLoopDelay.maxMs': constant(60, maxMs) } },
        { captures: { stalls: STALLS } },
      )
      return finding?.explains?.({ bottleneck: nobody as never, recommendations: [] })
    }
    expect(explains(250)).toBe(true)
    expect(explains(2000)).toBe(false)
  })

  it('says that no request ran when none did, and predicts the utilization', () => {
    const stalls = [stall({ count: 20, totalMs: 6000, component: null, operation: null })]
    const [finding] = analyse(rule, BLOCKED, { captures: { stalls } })
    expect(finding?.bottleneck).toMatchObject({ component: null, operation: null })
    expect(finding?.bottleneck.title).toContain('outside of requests (a timer, a job or an event)')
    expect(finding?.recommendations[0]?.estimatedImpact).toMatchObject({
      metric: 'eventLoopUtilizationPercent',
      current: 14,
      predicted: 4,
    })
  })

  it('gathers the lines of one operation into one finding, and names the main one', () => {
    const stalls = [
      stall({ count: 10, totalMs: 2000, location: at('src/report.js', 50, 'sum') }),
      stall({ count: 20, totalMs: 4000 }),
    ]
    const [finding, ...more] = analyse(rule, BLOCKED, { captures: { stalls } })
    expect(more).toEqual([])
    expect(finding?.bottleneck.location?.line).toBe(42)
    expect(finding?.bottleneck.description).toContain('Also seen: `sum` (src/report.js:50)')
  })

  it('takes one place in several operations for one cause', () => {
    const stalls = [stall({ count: 10, totalMs: 2000 }), stall({ count: 6, totalMs: 1200, operation: 'GET /quick' })]
    const [finding, ...more] = analyse(rule, BLOCKED, { captures: { stalls } })
    expect(more).toEqual([])
    expect(finding?.bottleneck.operation).toBe('GET /report')
    expect(evidence(finding, 'blockedMsPerMinute')).toBe(3200)
    expect(finding?.bottleneck.description).toContain('The same place blocks in GET /quick.')
  })

  it('is silent about one or two short blocks, those of start-up, and those that collections explain', () => {
    const settled: WindowDescription = { ...BLOCKED, startsAfterMs: 30_000 }
    expect(analyse(rule, BLOCKED, { captures: { stalls: [stall({ count: 2, totalMs: 400 })] } })).toEqual([])
    expect(analyse(rule, BLOCKED, { captures: { stalls: [stall({ count: 1, totalMs: 2500 })] } })).toHaveLength(1)
    const early = stall({ count: 5, totalMs: 1000, lastAt: new Date(Date.UTC(2026, 0, 1, 12) + 33_000).toISOString() })
    expect(analyse(rule, settled, { captures: { stalls: [early] } })).toEqual([])
    const collected = stall({ count: 5, totalMs: 800, location: null })
    const runtime = { ...BLOCKED.runtime, 'gc.maxPauseMs': constant(60, 150) }
    expect(analyse(rule, { ...BLOCKED, runtime }, { captures: { stalls: [collected] } })).toEqual([])
  })

  it('does not take a process that is not let run for one that blocks', () => {
    const system = { cpuUsagePercent: constant(60, 99) }
    const scattered = [1, 2, 3, 4, 5].map((line) =>
      stall({ count: 1, totalMs: 150, location: at('src/a.js', line * 10, `part${line}`) }),
    )
    expect(analyse(rule, { ...BLOCKED, system }, { captures: { stalls: scattered } })).toEqual([])
    const rare = [stall({ count: 3, totalMs: 450, operation: 'GET /quick' })]
    const quick = [
      profile([{ location: at('src/report.js', 42, 'buildReport'), self: 600, operations: { 'GET /quick': 600 } }]),
    ]
    const often = { ...BLOCKED, system, operations: [{ operation: 'GET /quick', durations: constant(1800, 3) }] }
    expect(analyse(rule, often, { captures: { stalls: rare, profiles: quick } })).toEqual([])
    const idle = [profile([{ location: at('src/b.js', 4, 'beat'), self: 30 }], { total: 200 })]
    const nobody = [stall({ count: 12, totalMs: 3000, location: null, component: null, operation: null })]
    expect(analyse(rule, { ...BLOCKED, system }, { captures: { stalls: nobody, profiles: idle } })).toEqual([])
  })

  it('bounds blocks on a crowded host by the CPU that the place had', () => {
    const on = (cpuPercent: number) => ({
      ...BLOCKED,
      system: { cpuUsagePercent: constant(60, 99) },
      latestSystem: { cpuCoresPercent: [99, 99] },
      runtime: { ...BLOCKED.runtime, cpuPercent: constant(60, cpuPercent) },
    })
    const place = at('src/report.js', 42, 'buildReport')
    const taking = (self: number) => [
      profile([{ location: place, self, operations: { 'GET /report': self } }], { total: 1000 }),
    ]
    const stalls = [stall({ count: 30, totalMs: 12_000 })]
    const [finding] = analyse(rule, on(14), { captures: { stalls, profiles: taking(800) } })
    expect(evidence(finding, 'blockedMsPerMinute')).toBeCloseTo(0.14 * 0.8 * 60_000)
    expect(analyse(rule, on(14), { captures: { stalls, profiles: taking(200) } })).toEqual([])
  })

  it('finds blocks below the watchdog’s threshold by a profile', () => {
    const operations = [
      { operation: 'GET /search', durations: constant(300, 64) },
      { operation: 'GET /quick', durations: constant(600, 20) },
    ]
    const runtime = { eventLoopUtilizationPercent: constant(60, 35), 'eventLoopDelay.maxMs': constant(60, 70) }
    const wanted: WantedCapture[] = []
    expect(analyse(rule, { operations, runtime }, { wanted })).toEqual([])
    expect(wanted).toEqual([{ type: 'cpu', reason: 'event loop busy' }])
    const profiles = [
      profile([
        { location: at('src/search.js', 12, 'score'), self: 1400, operations: { 'GET /search': 1400 } },
        { location: at('src/search.js', 15, 'score'), self: 100, operations: { 'GET /search': 100 } },
        { location: at('src/quick.js', 3, 'quick'), self: 200, operations: { 'GET /quick': 200 } },
      ]),
    ]
    const [finding, ...more] = analyse(rule, { operations, runtime }, { captures: { profiles } })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      operation: 'GET /search',
      location: { file: 'src/search.js', line: 12 },
    })
    expect(evidence(finding, 'blockMs')).toBeCloseTo(60, 0)
  })

  it.each([
    [12, 1],
    [8, 0],
  ])('at a utilization of %i %, asks for %i profiles', (percent, count) => {
    const wanted: WantedCapture[] = []
    const runtime = { eventLoopUtilizationPercent: constant(60, percent), cpuPercent: constant(60, percent) }
    analyse(rule, { operations: [QUICK], runtime }, { wanted })
    expect(wanted).toHaveLength(count)
  })

  it('does not take work that gives the loop back in between, or many short runs, for a block', () => {
    const profiles = [
      profile([{ location: at('src/search.js', 12, 'score'), self: 3500, operations: { 'GET /search': 3500 } }]),
    ]
    const portions: WindowDescription = {
      operations: [{ operation: 'GET /search', durations: constant(300, 140) }],
      runtime: { eventLoopUtilizationPercent: constant(60, 72), 'eventLoopDelay.maxMs': constant(60, 12) },
    }
    expect(analyse(rule, portions, { captures: { profiles } })).toEqual([])
    const short: WindowDescription = {
      operations: [{ operation: 'GET /search', durations: constant(20_000, 2.2) }],
      runtime: { eventLoopUtilizationPercent: constant(60, 72), 'eventLoopDelay.maxMs': constant(60, 12) },
    }
    expect(analyse(rule, short, { captures: { profiles } })).toEqual([])
  })

  it('does not take a framework’s dispatch around each request for a job, nor a crowded host’s stand-stills for its own', () => {
    const outside = (file: string) => [profile([{ location: at(file, 154, 'handle'), self: 900 }], { total: 3000 })]
    const busy = (percent: number): WindowDescription => ({
      operations: [{ operation: 'GET /feeds', durations: constant(9000, 2) }],
      system: { cpuUsagePercent: constant(60, percent) },
      latestSystem: { cpuCoresPercent: [percent, percent] },
      runtime: {
        cpuPercent: constant(60, 45),
        eventLoopUtilizationPercent: constant(60, 80),
        'eventLoopDelay.maxMs': constant(60, 230),
      },
    })
    const dispatch = outside('node_modules/router/lib/layer.js')
    expect(analyse(rule, busy(99), { captures: { profiles: dispatch } })).toEqual([])
    expect(analyse(rule, busy(50), { captures: { profiles: dispatch } })).toEqual([])
    expect(analyse(rule, busy(99), { captures: { profiles: outside('src/job.js') } })).toEqual([])
    expect(analyse(rule, busy(50), { captures: { profiles: outside('src/job.js') } })).toHaveLength(1)
  })

  it('gets the place of a native call from a profile, and asks for one until then', () => {
    const stalls = [stall({ count: 10, totalMs: 2000, location: null })]
    const wanted: WantedCapture[] = []
    const host = (percent: number) => ({ ...BLOCKED, system: { cpuUsagePercent: constant(60, percent) } })
    const [unplaced] = analyse(rule, host(40), { captures: { stalls }, wanted })
    expect(unplaced?.bottleneck.location).toBeNull()
    // on a full host it may be that the process was not let run
    expect(analyse(rule, host(97), { captures: { stalls }, wanted: [] })).toEqual([])
    expect(wanted).toEqual([{ type: 'cpu', reason: 'event-loop-blocked: GET /report' }])
    const profiles = [
      profile([
        { location: at('src/body.js', 9, 'read'), api: 'JSON.parse', self: 900, operations: { 'GET /report': 900 } },
        { location: at('src/other.js', 1, 'other'), self: 200, operations: { 'GET /quick': 200 } },
      ]),
    ]
    const [placed] = analyse(rule, BLOCKED, { captures: { stalls, profiles }, wanted: [] })
    expect(placed?.bottleneck.location).toMatchObject({ file: 'src/body.js', line: 9 })
    expect(placed?.bottleneck.title).toContain('`JSON.parse` in `read` (src/body.js:9)')
  })

  it('explains high CPU that is its own', () => {
    const runtime = { eventLoopUtilizationPercent: constant(60, 96), cpuPercent: constant(60, 98) }
    const operations = [{ operation: 'GET /report', durations: constant(240, 240) }]
    const [cpu] = analyse(highCpuUsage(), { runtime, operations })
    const [blocked] = analyse(
      rule,
      { runtime, operations },
      { captures: { stalls: [stall({ count: 240, totalMs: 55_000 })] } },
    )
    expect(cpu).toBeDefined()
    expect(blocked?.explains?.(cpu as never)).toBe(true)
    expect(analyse(slowOperations(), { runtime, operations })).toEqual([])
  })

  it.each(HOSTILE_NAMES)('writes one line for an operation named %j', (operation) => {
    const [finding] = analyse(rule, BLOCKED, { captures: { stalls: [stall({ count: 5, totalMs: 1000, operation })] } })
    expect(finding?.bottleneck.operation).toBe(operation)
    expect(`${finding?.bottleneck.title}${finding?.bottleneck.description}`).not.toMatch(/[\n\u202e]/)
  })
})
