import { describe, expect, it } from 'vitest'
import { memoryLeak } from '../../../src/optimizer/rules/memory-leak.js'
import type { WantedCapture } from '../../../src/types/captures.js'
import { constant, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { at, profile } from './captured.js'

const rule = memoryLeak()
const MIB = 1024 ** 2
const TRAFFIC = [{ operation: 'GET /start', durations: constant(1800, 4) }]
const HEAP = { latestRuntime: { heapLimitBytes: 2048 * MIB } }

/** One value a second; a major collection every 10 s shows what is left. */
function heap(levelAt: (second: number) => number, seconds = 90): WindowDescription {
  const levels = Array.from({ length: seconds }, (_, i) => levelAt(i) * MIB)
  return {
    operations: TRAFFIC,
    ...HEAP,
    startsAfterMs: 5000,
    runtime: { heapUsedBytes: levels.map((level, i) => level + (i % 10) * MIB) },
    gauges: {
      'heap.oldSpaceBytes': levels.map((level, i) => level + (i % 10) * 0.4 * MIB),
      'heap.floorBytes': levels.map((level, i) => (i % 10 === 0 ? level : null)),
    },
  }
}

describe('memory-leak', () => {
  it('finds steady growth of what collections leave, with its pace, its limit and what would be without it', () => {
    const [finding, ...more] = analyse(
      rule,
      heap((second) => 20 + second * 0.5),
    )
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ type: 'memory-leak', component: null, location: null })
    expect(evidence(finding, 'growthBytesPerHour')).toBeCloseTo(1800 * MIB, -6)
    expect(evidence(finding, 'timeUntilFullMs')).toBeGreaterThan(3_600_000)
    expect(['medium', 'high', 'critical']).toContain(finding?.bottleneck.severity)
    const impact = finding?.recommendations[0]?.estimatedImpact
    expect(impact?.metric).toBe('heapUsedBytes')
    expect((impact?.predicted as number) / MIB).toBeGreaterThan(20)
    expect((impact?.predicted as number) / MIB).toBeLessThan(30)
  })

  it('says so before it is certain: asks for a heap profile, then for one of all allocations', () => {
    const wanted: WantedCapture[] = []
    expect(
      analyse(
        rule,
        heap((second) => 20 + second * 0.5, 28),
        { wanted },
      ),
    ).toEqual([])
    expect(wanted.map(({ type }) => type)).toEqual(['heap'])
    const profiles = [profile([{ location: at('src/a.js', 3), self: 5 * MIB }], { type: 'heap' })]
    analyse(
      rule,
      heap((second) => 20 + second * 0.5, 28),
      { wanted, captures: { profiles } },
    )
    expect(wanted.map(({ type }) => type)).toContain('allocation')
  })

  it('names the place whose objects stay, not the one that allocates most', () => {
    const leak = { location: at('src/sessions.js', 12, 'open'), self: 8 * MIB, operations: { 'GET /start': 8 * MIB } }
    const garbage = {
      location: at('src/render.js', 40, 'render'),
      self: 11 * MIB,
      operations: { 'GET /list': 11 * MIB },
    }
    const profiles = [
      profile([garbage, leak], { type: 'heap', durationMs: 15_000 }),
      profile(
        [
          { ...garbage, self: 120 * MIB },
          { ...leak, self: 3 * MIB },
        ],
        { type: 'allocation', durationMs: 5000 },
      ),
    ]
    const [finding] = analyse(
      rule,
      heap((second) => 20 + second * 0.5),
      { captures: { profiles } },
    )
    expect(finding?.bottleneck).toMatchObject({
      operation: 'GET /start',
      location: { file: 'src/sessions.js', line: 12 },
    })
    expect(finding?.recommendations[0]?.title).toBe('Let go of what `open` (src/sessions.js:12) keeps')
  })

  it('finds what buffers hold outside of the heap', () => {
    const levels = Array.from({ length: 90 }, (_, i) => (5 + i) * MIB)
    const [finding] = analyse(rule, {
      operations: TRAFFIC,
      startsAfterMs: 5000,
      runtime: { externalBytes: levels },
      gauges: { 'heap.externalFloorBytes': levels.map((level, i) => (i % 12 === 0 ? level : null)) },
    })
    expect(finding?.bottleneck.title).toContain('Memory outside of the heap (buffers) grows by')
    expect(finding?.recommendations[0]?.estimatedImpact?.metric).toBe('externalBytes')
  })

  it.each([
    ['a warm-up that ends', (second: number) => 20 + 40 * Math.min(1, second / 40)],
    ['a cache of random keys that fills', (second: number) => 20 + 40 * (1 - Math.exp(-second / 30))],
    ['a heap that goes up and down', (second: number) => 30 + 10 * Math.sin(second / 7)],
    ['a little more code', (second: number) => 20 + second * 0.02],
    ['a small share of a large heap', (second: number) => 900 + second * 0.5],
  ])('is silent about %s', (_name, levelAt) => {
    expect(analyse(rule, heap(levelAt))).toEqual([])
  })

  it('judges by few collections in a young process, not by what none of them has seen', () => {
    const steady = heap((second) => 20 + second * 0.5)
    const floorsAt = (...seconds: number[]) => ({
      ...steady,
      gauges: {
        ...steady.gauges,
        'heap.floorBytes': Array.from({ length: 90 }, (_, i) => (seconds.includes(i) ? (20 + i * 0.5) * MIB : null)),
      },
    })
    expect(analyse(rule, floorsAt(1, 40, 70))).toHaveLength(1)
    // a cache that is full from then on: old entries wait for a collection
    expect(analyse(rule, floorsAt(1, 11, 24))).toEqual([])
    expect(analyse(rule, floorsAt(40, 70))).toEqual([])
  })

  it('is silent while more and more requests wait: they hold what they need', () => {
    const window = heap((second) => 20 + second * 0.5)
    const activeRequests = Array.from({ length: 90 }, (_, i) => i)
    expect(analyse(rule, { ...window, runtime: { ...window.runtime, activeRequests } })).toEqual([])
  })

  it('is silent without any collection, and about a short time', () => {
    const { gauges: _, ...bare } = heap((second) => 20 + second * 0.5)
    expect(analyse(rule, bare)).toEqual([])
    expect(
      analyse(
        rule,
        heap((second) => 20 + second * 0.5, 35),
      ),
    ).toEqual([])
    expect(analyse(rule, {})).toEqual([])
  })

  it('explains the level and the collections that it causes', () => {
    const [finding] = analyse(
      rule,
      heap((second) => 20 + second * 0.5),
    )
    const other = (type: string) => ({ bottleneck: { ...finding?.bottleneck, type }, recommendations: [] }) as never
    expect(finding?.explains?.(other('high-memory-usage'))).toBe(true)
    expect(finding?.explains?.(other('gc-pressure'))).toBe(true)
    expect(finding?.explains?.(other('slow-operations'))).toBe(false)
  })
})
