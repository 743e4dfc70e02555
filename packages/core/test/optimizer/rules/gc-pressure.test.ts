import { describe, expect, it } from 'vitest'
import { gcPressure } from '../../../src/optimizer/rules/gc-pressure.js'
import type { WantedCapture } from '../../../src/types/captures.js'
import { constant, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { at, profile } from './captured.js'

const rule = gcPressure()
const MIB = 1024 ** 2

function collecting(pausePercent: number, maxPauseMs = 12): WindowDescription {
  return {
    operations: [
      { operation: 'GET /totals', durations: constant(600, 40) },
      { operation: 'GET /city', durations: constant(1500, 4) },
    ],
    runtime: {
      'gc.pausePercent': constant(60, pausePercent),
      'gc.maxPauseMs': constant(60, maxPauseMs),
      cpuPercent: constant(60, 60),
      eventLoopUtilizationPercent: constant(60, 60),
    },
    gauges: { 'heap.allocatedBytesPerSecond': constant(60, 300 * MIB) },
  }
}

const ALLOCATIONS = profile(
  [
    { location: at('src/totals.js', 8, 'totals'), self: 900 * MIB, operations: { 'GET /totals': 900 * MIB } },
    { location: at('src/city.js', 3, 'city'), self: 100 * MIB, operations: { 'GET /city': 100 * MIB } },
  ],
  { type: 'allocation' },
)

describe('gc-pressure', () => {
  it('names share, rate, place and operation, and what would be left', () => {
    const [finding, ...more] = analyse(rule, collecting(20), { captures: { profiles: [ALLOCATIONS] } })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      type: 'gc-pressure',
      operation: 'GET /totals',
      location: { file: 'src/totals.js', line: 8 },
      title: 'Garbage collection takes 20 % of the time: `totals` (src/totals.js:8) allocates 90 % of it',
    })
    expect(finding?.bottleneck.description).toContain('The app allocates 300 MiB a second.')
    expect(['medium', 'high', 'critical']).toContain(finding?.bottleneck.severity)
    const impact = finding?.recommendations[0]?.estimatedImpact
    expect(impact).toMatchObject({ metric: 'gc.pausePercent', current: 20 })
    expect(impact?.predicted).toBeCloseTo(2)
  })

  it('learns whom it is for from a CPU profile that met the same function, or one that it called', () => {
    const totals = at('src/totals.js', 8, 'totals')
    const handler = at('src/routes.js', 30, 'handler')
    const bytes = { location: totals, self: 900 * MIB, stack: [totals, handler] }
    const allocations = profile([bytes], { type: 'allocation' })
    const wanted: WantedCapture[] = []
    analyse(rule, collecting(20), { captures: { profiles: [allocations] }, wanted })
    expect(wanted).toEqual([{ type: 'cpu', reason: 'gc-pressure: who runs it' }])
    for (const location of [at('src/totals.js', 9, 'totals'), at('src/format.js', 3, 'format')]) {
      const cpu = profile([{ location, self: 300, stack: [location, handler], operations: { 'GET /totals': 280 } }])
      const [finding] = analyse(rule, collecting(20), { captures: { profiles: [allocations, cpu] } })
      expect(finding?.bottleneck.operation).toBe('GET /totals')
    }
  })

  it('asks for an allocation profile on the way there, and says that the place is not known', () => {
    const wanted: WantedCapture[] = []
    expect(analyse(rule, collecting(9.5), { wanted })).toEqual([])
    expect(wanted.map(({ type }) => type)).toEqual(['allocation'])
    const [finding] = analyse(rule, collecting(20), { wanted: [] })
    expect(finding?.bottleneck).toMatchObject({ location: null, operation: null })
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeNull()
  })

  it('finds a quarter of the work, though an allocation profile makes the rest of it longer for a while', () => {
    const busy = (percent: number) => ({
      'gc.pausePercent': constant(60, 6.5),
      eventLoopUtilizationPercent: constant(60, percent),
    })
    expect(analyse(rule, { ...collecting(0), runtime: busy(29) })).toHaveLength(1)
    expect(analyse(rule, { ...collecting(0), runtime: busy(40) })).toEqual([])
  })

  it('finds long pauses that take little time in all', () => {
    const [finding] = analyse(rule, collecting(4, 180))
    expect(finding?.bottleneck.title).toContain('pauses the app for up to 180 ms')
    expect(evidence(finding, 'gc.maxPauseMs')).toBe(180)
  })

  it('is silent about what a healthy app takes, start-up, and too few samples', () => {
    expect(analyse(rule, collecting(5), { wanted: [] })).toEqual([])
    expect(analyse(rule, { runtime: { 'gc.pausePercent': constant(9, 40) } })).toEqual([])
    expect(analyse(rule, collecting(4.5), { wanted: [] })).toEqual([])
    expect(analyse(rule, { ...collecting(3, 300), system: { cpuUsagePercent: constant(60, 98) } })).toEqual([])
    const warmUp = [...constant(15, 40), ...constant(45, 2)]
    expect(analyse(rule, { runtime: { 'gc.pausePercent': warmUp }, startsAfterMs: 30_000 })).toEqual([])
  })

  it('does not accuse one of many places that allocate alike', () => {
    const places = Array.from({ length: 20 }, (_, i) => ({ location: at(`src/${i}.js`, 1), self: MIB }))
    const profiles = [profile(places, { type: 'allocation' })]
    const [finding] = analyse(rule, collecting(20), { captures: { profiles } })
    expect(finding?.bottleneck.location).toBeNull()
  })
})
