import { describe, expect, it } from 'vitest'
import { poolExhaustion } from '../../../src/optimizer/rules/pool-exhaustion.js'
import type { PoolRecord } from '../../../src/types/captures.js'
import { constant, type OperationDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { capturing, kept, oneAfterAnother, place } from './kept.js'

const rule = poolExhaustion()
const POOL = 'pg db:5432/shop'
const ACROSS_BANK = oneAfterAnother([
  ['pool', POOL, 200],
  ['db', 'SELECT seats', 2],
  ['http-client', 'GET bank', 90],
  ['db', 'UPDATE seats', 2],
])

function booking(waitMs = 200, ms = 300): OperationDescription[] {
  return [
    { operation: 'GET /halls', durations: constant(100, 3) },
    {
      operation: 'POST /book',
      durations: constant(100, ms),
      children: [
        { component: 'pool', operation: POOL, calls: 100, totalMs: 100 * waitMs },
        { component: 'db', operation: 'UPDATE seats', calls: 100, totalMs: 500 },
      ],
    },
    { component: 'pool', operation: POOL, durations: constant(100, waitMs) },
  ]
}

function record(of: Partial<PoolRecord> = {}): PoolRecord {
  return {
    name: POOL,
    maxConnections: 4,
    openConnections: 4,
    idleConnections: 0,
    waitingRequests: 7,
    holders: [],
    ...of,
  }
}

describe('pool-exhaustion', () => {
  it('names the route that waits, the pool, the place, and the route without the wait', () => {
    const captures = { ...capturing([], { [POOL]: [place('src/book.ts', 8)] }), pools: [record()] }
    const [finding, ...more] = analyse(rule, { operations: booking() }, { captures })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'POST /book', location: { file: 'src/book.ts', line: 8 } })
    expect(finding?.bottleneck.description).toContain('All of 4 connections are in use when requests come')
    expect(evidence(finding, 'waitP95Ms')).toBe(200)
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(100)
  })

  it('sees a pool that is empty by turns in the p95 of the wait', () => {
    const byTurns = (waits: number[]) => {
      const totalMs = waits.reduce((sum, ms) => sum + ms, 0)
      const operations = booking(0, 90).map((each) => ({
        ...each,
        ...(each.component === 'pool' ? { durations: waits } : {}),
        ...(each.children === undefined
          ? {}
          : { children: [{ component: 'pool', operation: POOL, calls: 100, totalMs }] }),
      }))
      return analyse(rule, { operations }, { captures: { pools: [record()] } })
    }
    expect(byTurns([...constant(70, 2), ...constant(30, 50)])).toHaveLength(1)
    expect(byTurns([...constant(70, 12), ...constant(30, 26)])).toEqual([])
    expect(byTurns([...constant(90, 2), ...constant(10, 50)])).toEqual([])
  })

  it('tells a connection that is kept across another call from a pool that is too small', () => {
    const traces = [1, 2, 3].map((n) => kept('POST /book', 300 + n, ACROSS_BANK))
    const [finding] = analyse(rule, { operations: booking() }, { captures: capturing(traces) })
    expect(finding?.recommendations[0]?.title).toBe(`Do not keep a connection of ${POOL} while calling others`)
    expect(finding?.bottleneck.description).toContain('goes to `http-client GET bank`')
  })

  it('blames who keeps one across another call, also when others wait for longer', () => {
    const seats: OperationDescription = {
      operation: 'GET /seats',
      durations: constant(300, 250),
      children: [
        { component: 'pool', operation: POOL, calls: 300, totalMs: 300 * 240 },
        { component: 'db', operation: 'SELECT seats', calls: 300, totalMs: 600 },
      ],
    }
    const traces = [
      ...[1, 2, 3].map((n) => kept('POST /book', 300 + n, ACROSS_BANK)),
      ...[1, 2, 3].map((n) =>
        kept(
          'GET /seats',
          250 + n,
          oneAfterAnother([
            ['pool', POOL, 240],
            ['db', 'SELECT seats', 2],
          ]),
        ),
      ),
    ]
    const [finding, ...more] = analyse(rule, { operations: [...booking(), seats] }, { captures: capturing(traces) })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      operation: 'POST /book',
      title: `POST /book keeps connections of ${POOL} while it calls others`,
      victims: [{ operation: 'GET /seats' }],
    })
    expect(finding?.bottleneck.description).toContain('`GET /seats` waits for a connection')
    expect(finding?.bottleneck.description).toContain('`POST /book` keeps its connection')
  })

  it('names who took connections and never gave them back, even while nobody gets any further', () => {
    const holders = [
      { component: 'http', operation: 'POST /lend', location: place('src/lend.ts', 4), held: 4, longestHeldMs: 42_000 },
    ]
    const operations = [{ operation: 'POST /lend', durations: constant(10, 5), active: 7 }]
    const [finding] = analyse(rule, { operations }, { captures: { pools: [record({ holders })] } })
    expect(finding?.bottleneck).toMatchObject({
      severity: 'high',
      operation: 'POST /lend',
      location: { file: 'src/lend.ts', line: 4 },
    })
    expect(finding?.bottleneck.title).toContain('does not give them back')
    expect(finding?.recommendations[0]?.description).toContain('Release in a `finally`')
    expect(finding?.recommendations[0]?.estimatedImpact).toBeNull()
    const timedOut = [{ operation: 'POST /lend', durations: constant(40, 5), failedCount: 10 }]
    const [failing] = analyse(rule, { operations: timedOut }, { captures: { pools: [record({ holders })] } })
    expect(failing?.recommendations[0]?.estimatedImpact).toMatchObject({
      metric: 'errorRatePercent',
      current: 25,
      predicted: 0,
    })
    const quick = [{ ...(holders[0] as (typeof holders)[0]), longestHeldMs: 200 }]
    expect(analyse(rule, { operations }, { captures: { pools: [record({ holders: quick })] } })).toEqual([])
    const free = record({ holders, waitingRequests: 0, idleConnections: 1 })
    expect(analyse(rule, { operations }, { captures: { pools: [free] } })).toEqual([])
  })

  it('explains a service that takes less than the wait for the connection with which it is called', () => {
    const [finding] = analyse(rule, { operations: booking() })
    const slow = (ms: number) =>
      finding?.explains?.({
        bottleneck: {
          type: 'slow-dependency',
          component: 'http',
          operation: 'POST /book',
          evidence: [{ metric: 'p50 per call', value: ms, unit: 'ms' }],
        } as never,
        recommendations: [],
      })
    expect(slow(90)).toBe(true)
    expect(slow(400)).toBe(false)
  })

  it('calls sockets of an agent by their name', () => {
    const operations: OperationDescription[] = [
      {
        operation: 'GET /prices',
        durations: constant(100, 300),
        children: [{ component: 'http-client', operation: 'GET air', calls: 100, totalMs: 29_000 }],
      },
      {
        component: 'http-client',
        operation: 'GET air',
        durations: constant(100, 290),
        children: [{ component: 'pool', operation: 'agent air', calls: 100, totalMs: 24_000 }],
      },
      { component: 'pool', operation: 'agent air', durations: constant(100, 240) },
    ]
    const [finding] = analyse(
      rule,
      { operations },
      { captures: capturing([], { 'GET air': [place('src/air.ts', 2)] }) },
    )
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /prices', location: { file: 'src/air.ts' } })
    expect(finding?.recommendations[0]?.description).toContain('Raise `maxSockets`')
  })

  it.each([
    ['short waits', 4, 300],
    ['a small share', 60, 300],
  ])('is silent for %s', (_, waitMs, ms) => {
    expect(analyse(rule, { operations: booking(waitMs, ms) })).toEqual([])
  })
})
