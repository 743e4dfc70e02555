import { describe, expect, it } from 'vitest'
import { largePayload } from '../../../src/optimizer/rules/large-payload.js'
import type { Profile } from '../../../src/types/metrics.js'
import { constant, type OperationDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { place } from './kept.js'

const rule = largePayload()
const MIB = 1024 ** 2
const OTHER: OperationDescription = { operation: 'GET /articles/:id', durations: constant(200, 4) }

function list(of: Partial<OperationDescription> & { bytes?: number } = {}): OperationDescription[] {
  const { bytes = 4 * MIB, ...more } = of
  return [OTHER, { operation: 'GET /articles', durations: constant(100, 150), responseBytes: 100 * bytes, ...more }]
}

describe('large-payload', () => {
  it('names route, size and time, and what a page would take', () => {
    const [finding, ...more] = analyse(rule, { operations: list() })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /articles', title: 'GET /articles answers with 4 MiB' })
    expect(evidence(finding, 'responseBytesP50')).toBe(4 * MIB)
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(4 + 146 / 128)
  })

  it('takes the line that turns it into JSON from a profile', () => {
    const share = { component: 'http', operation: 'GET /articles', self: 90, percent: 90 }
    const profile = {
      type: 'cpu',
      operations: [share],
      places: [
        {
          location: place('src/list.ts', 14),
          api: 'JSON.stringify',
          self: 80,
          percent: 80,
          stack: [],
          operations: [{ ...share, self: 72 }],
        },
      ],
    } as Partial<Profile> as Profile
    const [finding] = analyse(rule, { operations: list() }, { captures: { profiles: [profile] } })
    expect(finding?.bottleneck.location).toMatchObject({ file: 'src/list.ts', line: 14 })
    expect(finding?.bottleneck.description).toContain('80 % of its CPU time goes into turning it into JSON')
  })

  it('is felt sooner when it is huge: the line to the client takes its time as well', () => {
    const taking = (ms: number, bytes: number) =>
      analyse(rule, { operations: list({ bytes, durations: constant(100, ms) }) })
    expect(taking(20, 4 * MIB)).toHaveLength(1)
    expect(taking(20, MIB / 2)).toEqual([])
    expect(taking(35, MIB / 2)).toHaveLength(1)
  })

  it('weighs as well what others wait for while it is written', () => {
    const busy: OperationDescription = { operation: 'GET /busy', durations: constant(4500, 6) }
    const large = list({ durations: constant(250, 18), responseBytes: 250 * 4 * MIB })
    const [finding] = analyse(rule, { operations: [...large, busy] })
    // sqrt(250 + 353 of 4950 requests x 3.5 + 3.2 s of 32.3)
    expect(finding?.bottleneck.impactScore).toBeGreaterThan(0.12)
    expect(finding?.bottleneck.severity).toBe('medium')
  })

  it('is made whole as well where the client takes longer to read it', () => {
    const slow = { durations: constant(100, 300), timeToFirstByte: constant(100, 120) }
    const [finding] = analyse(rule, { operations: list(slow) })
    expect(finding?.bottleneck.description).toContain('it takes 120 ms at the median to the first byte, p95 120 ms')
  })

  it('is made whole as well where V8 is quick and the loop lets the answer wait for its turn', () => {
    const quick = {
      bytes: 6.5 * MIB,
      durations: constant(100, 90),
      timeToFirstByte: constant(100, 50),
    }
    expect(analyse(rule, { operations: list(quick) })).toHaveLength(1)
    const spread = { ...quick, durations: [...constant(94, 90), ...constant(6, 300)] }
    const [finding] = analyse(rule, { operations: list(spread) })
    expect(finding?.bottleneck.description).toContain('to the first byte, p95 50 ms')
  })

  it.each([
    ['a page', { bytes: 40 * 1024 }],
    ['a quick answer', { durations: constant(100, 12) }],
    ['one whose size does not take the time', { bytes: 300 * 1024, durations: constant(100, 800) }],
    ['a stream or a file', { timeToFirstByte: constant(100, 20) }],
    ['a stream of what is asked for first', { durations: constant(100, 600), timeToFirstByte: constant(100, 90) }],
  ])('is silent for %s', (_, of) => {
    expect(analyse(rule, { operations: list(of) })).toEqual([])
  })

  it('explains that it blocks the loop, where that is what it does', () => {
    const [whole] = analyse(rule, { operations: list() })
    const [part] = analyse(rule, { operations: list({ bytes: 600 * 1024, durations: constant(100, 100) }) })
    const blocked = (title: string, location: object | null, finding = part) =>
      finding?.explains?.({
        bottleneck: {
          type: 'event-loop-blocked',
          component: 'http',
          operation: 'GET /articles',
          title,
          location,
        } as never,
        recommendations: [],
      })
    expect(blocked('JSON.stringify holds the event loop', place('src/list.ts', 14))).toBe(true)
    expect(blocked('a native call holds the event loop', null)).toBe(true)
    expect(blocked('`rank` holds the event loop', place('src/rank.ts', 3))).toBe(false)
    // 4 MiB of JSON take the 150 ms by themselves, whatever line is named
    expect(blocked('`list` holds the event loop', place('src/list.ts', 3), whole)).toBe(true)
  })
})
