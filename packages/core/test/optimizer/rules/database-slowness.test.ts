import { describe, expect, it } from 'vitest'
import { databaseSlowness } from '../../../src/optimizer/rules/database-slowness.js'
import { constant, type OperationDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { capturing, place } from './kept.js'

const rule = databaseSlowness()
const QUERY = 'SELECT * FROM tickets WHERE customer_id = ? ORDER BY id'
const OTHER: OperationDescription = { operation: 'GET /health', durations: constant(200, 3) }

function tickets(of: { ms?: number; queryMs?: number; calls?: number; waitMs?: number; durations?: number[] } = {}) {
  const { ms = 300, queryMs = 280, calls = 1, waitMs = 0, durations } = of
  const children = [{ component: 'db', operation: QUERY, calls: 100 * calls, totalMs: 100 * calls * queryMs }]
  if (waitMs > 0) children.push({ component: 'pool', operation: 'pg db', calls: 100, totalMs: 100 * waitMs })
  return [
    OTHER,
    { operation: 'GET /tickets', durations: constant(100, ms), children },
    { component: 'db', operation: QUERY, durations: durations ?? constant(100 * calls, queryMs) },
  ]
}

function usual(...means: number[]): OperationDescription[] {
  return means.map((ms, i) => ({ component: 'db', operation: `SELECT ${i}`, durations: constant(50, ms) }))
}

describe('database-slowness', () => {
  it('names route, query, share and line, and compares with the other queries of the app', () => {
    const captures = capturing([], { [QUERY]: [place('src/desk.ts', 7)] })
    const [finding, ...more] = analyse(rule, { operations: [...tickets(), ...usual(3, 4, 9)] }, { captures })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      type: 'database-slowness',
      component: 'http',
      operation: 'GET /tickets',
      location: { file: 'src/desk.ts', line: 7 },
    })
    expect(finding?.bottleneck.description).toContain('The other 3 queries of this app take 4 ms at the median')
    expect(finding?.recommendations[0]?.description).toContain('it filters by customer_id: is there an index?')
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(300 - 280 + 4)
  })

  it('does not take the line of a query for a helper because a connection is opened from there as well', () => {
    const CONNECT = '(connect pg)'
    const site = place('src/desk.ts', 7)
    const handler = place('src/app.ts', 20)
    const captures = { ...capturing([], { [QUERY]: [site], [CONNECT]: [site] }), definition: () => handler }
    const [other, route, query] = tickets() as [OperationDescription, OperationDescription, OperationDescription]
    const connect = { component: 'db', operation: CONNECT, calls: 2, totalMs: 20 }
    const operations = [other, { ...route, children: [...(route.children ?? []), connect] }, query]
    const [finding] = analyse(rule, { operations }, { captures })
    expect(finding?.bottleneck.location).toMatchObject({ file: 'src/desk.ts', line: 7 })
  })

  it.each([
    ['a quick query', { ms: 45, queryMs: 40 }],
    ['half of the time', { ms: 300, queryMs: 150 }],
    ['a query that only some runs make', { calls: 0.2 }],
    ['queries in a loop', { ms: 600, queryMs: 60, calls: 9 }],
    ['one that is slow now and then', { durations: [...constant(90, 3), ...constant(10, 2770)] }],
  ])('is silent for %s', (_, of) => {
    expect(analyse(rule, { operations: tickets(of) })).toEqual([])
  })

  it('is silent where the loop is what everything waits for', () => {
    const runtime = {
      eventLoopUtilizationPercent: constant(60, 97),
      'eventLoopDelay.maxMs': constant(60, 200),
      'eventLoopDelay.p99Ms': constant(60, 150),
    }
    expect(analyse(rule, { operations: tickets(), runtime })).toEqual([])
  })

  it('sees the slow query behind the waits for a connection that it causes', () => {
    const [finding] = analyse(rule, { operations: tickets({ ms: 480, queryMs: 280, waitMs: 180 }) })
    expect(evidence(finding, `share of db ${QUERY}`)).toBeCloseTo((280 / 300) * 100)
    const pool = (waitMs: number) => ({
      bottleneck: {
        type: 'pool-exhaustion',
        component: 'http',
        operation: 'GET /tickets',
        evidence: [{ metric: 'meanWaitMs', value: waitMs, unit: 'ms' }],
      } as never,
      recommendations: [],
    })
    expect(finding?.explains?.(pool(180))).toBe(true)
    expect(finding?.explains?.(pool(900))).toBe(false)
  })

  it('is one finding for the routes that wait for the same query', () => {
    const route: OperationDescription = {
      operation: 'GET /board',
      durations: constant(60, 320),
      children: [{ component: 'db', operation: QUERY, calls: 60, totalMs: 60 * 290 }],
    }
    const [finding, ...more] = analyse(rule, { operations: [...tickets(), route] })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /tickets', victims: [{ operation: 'GET /board' }] })
  })

  it('leaves a corner of the app that few visit', () => {
    const busy: OperationDescription = { operation: 'GET /', durations: constant(20_000, 5) }
    expect(analyse(rule, { operations: [busy, ...tickets()] })).toEqual([])
  })
})
