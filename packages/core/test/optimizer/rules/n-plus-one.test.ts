import { describe, expect, it } from 'vitest'
import { nPlusOne } from '../../../src/optimizer/rules/n-plus-one.js'
import { constant, HOSTILE_NAMES, type OperationDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { capturing, kept, oneAfterAnother, place } from './kept.js'

const rule = nPlusOne()
const QUERY = 'SELECT * FROM items WHERE order_id = ?'
const OTHER: OperationDescription = { operation: 'GET /health', durations: constant(200, 3) }

function orders(
  of: { ms?: number; calls?: number; share?: number; component?: string; child?: string } = {},
): OperationDescription[] {
  const { ms = 480, calls = 51, share = 0.85, component = 'db', child = QUERY } = of
  const totalMs = 100 * ms * share
  return [
    OTHER,
    {
      operation: 'GET /orders',
      durations: constant(100, ms),
      children: [{ component, operation: child, calls: 100 * calls, totalMs }],
    },
    { component, operation: child, durations: constant(100 * calls, (ms * share) / calls) },
  ]
}

describe('n-plus-one', () => {
  it('names route, query, number, line, and what one query would gain', () => {
    const traces = [40, 51, 60].map((n) =>
      kept('GET /orders', n * 8.2 + 60, oneAfterAnother(Array.from({ length: n }, () => ['db', QUERY, 7.7] as const))),
    )
    const captures = capturing(traces, { [QUERY]: [place('src/orders.ts', 42)] })
    const [finding, ...more] = analyse(rule, { operations: orders() }, { captures })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      type: 'n-plus-one',
      component: 'http',
      operation: 'GET /orders',
      location: { file: 'src/orders.ts', line: 42 },
    })
    expect(finding?.bottleneck.description).toContain(
      'runs `SELECT * FROM items WHERE order_id = ?` 51 times per request, from src/orders.ts:42',
    )
    expect(finding?.bottleneck.description).toContain('40 to 60 in the requests that were kept')
    expect(finding?.recommendations[0]?.description).toContain('`WHERE order_id = ANY(?)`')
    // 51 × 7.7 ms of 478, of which one call remains
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(
      480 * (1 - (50 * 7.7) / (51 * 8.2 + 60)),
      0,
    )
    expect(['high', 'critical', 'medium']).toContain(finding?.bottleneck.severity)
  })

  it('finds it by the sums alone, where no request was kept', () => {
    const [finding] = analyse(rule, { operations: orders() })
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(480 * (1 - (0.85 * 50) / 51))
    expect(finding?.bottleneck.location).toBeNull()
  })

  it.each([
    ['few calls', { calls: 4 }],
    ['little of the time', { share: 0.25 }],
    ['a route that nobody feels', { ms: 9 }],
  ])('is silent for %s', (_, of) => {
    expect(analyse(rule, { operations: orders(of) })).toEqual([])
  })

  it('counts the waits for a connection with the query they were for', () => {
    const [other, route, query] = orders({ share: 0.4 }) as [
      OperationDescription,
      OperationDescription,
      OperationDescription,
    ]
    const pool = { component: 'pool', operation: 'pg db:5432/shop', calls: 5100, totalMs: 20_000 }
    const operations = [other, { ...route, children: [...(route.children ?? []), pool] }, query]
    const [finding] = analyse(rule, { operations })
    expect(evidence(finding, `share of db ${QUERY}`)).toBeCloseTo(100 * (0.4 + 20_000 / 48_000))
  })

  it('leaves calls that run at the same time, that fail, and that are written out one by one', () => {
    const http = { component: 'http-client', child: 'GET stock:80', calls: 8 }
    const parallel = Array.from({ length: 8 }, (_, i) => ({
      component: 'http-client',
      operation: 'GET stock:80',
      startMs: i,
      durationMs: 300,
    }))
    const traces = [1, 2, 3].map((n) => kept('GET /orders', 400 + n, parallel))
    expect(analyse(rule, { operations: orders(http) }, { captures: capturing(traces) })).toEqual([])
    const [other, route] = orders(http) as [OperationDescription, OperationDescription]
    const failing = {
      component: 'http-client',
      operation: 'GET stock:80',
      durations: constant(800, 50),
      failedCount: 400,
    }
    expect(analyse(rule, { operations: [other, route, failing] })).toEqual([])
    const places = Array.from({ length: 8 }, (_, i) => place('src/page.ts', 10 + i))
    expect(
      analyse(rule, { operations: orders(http) }, { captures: capturing([], { 'GET stock:80': places }) }),
    ).toEqual([])
    expect(analyse(rule, { operations: orders(http) })).toHaveLength(1)
  })

  it('says where the route begins, where its other queries come from the same line', () => {
    const helper = place('src/db.ts', 3)
    const captures = {
      ...capturing([], { [QUERY]: [helper], 'SELECT * FROM orders': [helper] }),
      definition: () => place('src/orders.ts', 30),
    }
    const [other, route, query] = orders() as [OperationDescription, OperationDescription, OperationDescription]
    const list = { component: 'db', operation: 'SELECT * FROM orders', calls: 100, totalMs: 800 }
    const operations = [other, { ...route, children: [...(route.children ?? []), list] }, query]
    expect(analyse(rule, { operations }, { captures })[0]?.bottleneck.location?.file).toBe('src/orders.ts')
    expect(analyse(rule, { operations: orders() }, { captures })[0]?.bottleneck.location?.file).toBe('src/db.ts')
  })

  it('is one finding where several routes share the function with the loop', () => {
    const repository: OperationDescription = {
      component: 'repository',
      operation: 'list',
      durations: constant(200, 400),
      children: [{ component: 'db', operation: QUERY, calls: 10_000, totalMs: 76_000 }],
    }
    const route = (operation: string): OperationDescription => ({
      operation,
      durations: constant(100, 420),
      children: [{ component: 'repository', operation: 'list', calls: 100, totalMs: 40_000 }],
    })
    const [finding, ...more] = analyse(rule, {
      operations: [
        route('GET /a'),
        route('GET /b'),
        repository,
        { component: 'db', operation: QUERY, durations: constant(10_000, 7.6) },
      ],
    })
    expect(more).toEqual([])
    expect(finding?.bottleneck.victims).toMatchObject([{ operation: 'GET /b' }])
    expect(finding?.bottleneck.description).toContain('(50 times in each `repository list`)')
  })

  it('explains that the route is slow, and the query that it runs so often', () => {
    const [finding] = analyse(rule, { operations: orders() })
    const other = (type: string, component: string, operation: string) =>
      finding?.explains?.({ bottleneck: { type, component, operation } as never, recommendations: [] })
    expect(other('slow-operations', 'http', 'GET /orders')).toBe(true)
    expect(other('database-slowness', 'db', QUERY)).toBe(true)
    expect(other('slow-operations', 'http', 'GET /health')).toBe(false)
    expect(other('event-loop-blocked', 'http', 'GET /orders')).toBe(false)
  })

  it.each(HOSTILE_NAMES)('writes one line for a query named %j', (child) => {
    const [finding] = analyse(rule, { operations: orders({ child }) })
    expect(`${finding?.bottleneck.title}${finding?.bottleneck.description}`).not.toMatch(/[\n\u202e]/)
  })
})
