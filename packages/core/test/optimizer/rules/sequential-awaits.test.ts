import { describe, expect, it } from 'vitest'
import { sequentialAwaits } from '../../../src/optimizer/rules/sequential-awaits.js'
import { constant } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { capturing, kept, oneAfterAnother, place, type SpanDescription } from './kept.js'

const rule = sequentialAwaits()
const CALLS = [
  ['http-client', 'GET users', 80],
  ['http-client', 'GET orders', 90],
  ['http-client', 'GET stock', 70],
] as const

function found(spans: (n: number) => SpanDescription[], { route = 'GET /home', ms = 245, sites = {} } = {}) {
  const traces = [1, 2, 3, 4].map((n) => kept(route, ms + n, spans(n)))
  return analyse(
    rule,
    { operations: [{ operation: route, durations: constant(100, ms) }] },
    { captures: capturing(traces, sites) },
  )
}

describe('sequential-awaits', () => {
  it('names the calls in their order, the place, and what starting them together saves', () => {
    const sites = { 'GET orders': [place('src/home.ts', 12)] }
    const [finding, ...more] = found(() => oneAfterAnother(CALLS), { sites })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /home', location: { file: 'src/home.ts', line: 12 } })
    expect(finding?.bottleneck.description).toContain(
      '`http-client GET users` (80 ms), then `http-client GET orders` (90 ms), then `http-client GET stock` (70 ms)',
    )
    expect(finding?.bottleneck.description).toContain("if they do not need each other's results")
    expect(evidence(finding, 'savedMs')).toBe(150)
    const predicted = finding?.recommendations[0]?.estimatedImpact?.predicted as number
    expect(Math.abs(predicted - 95)).toBeLessThan(2)
  })

  it('sees them below a handler and a measured function', () => {
    const within = (n: number): SpanDescription[] => [
      { component: 'handler', operation: 'home', startMs: 0, durationMs: 244 },
      { component: 'service', operation: 'page', startMs: 0.5, durationMs: 243 + n, parent: 0 },
      ...oneAfterAnother(CALLS).map((span) => ({ ...span, parent: 1 })),
    ]
    expect(found(within)).toHaveLength(1)
  })

  it.each([
    [
      'overlap',
      () => CALLS.map(([component, operation, durationMs]) => ({ component, operation, startMs: 1, durationMs })),
    ],
    [
      'a short look-up before the work',
      () =>
        oneAfterAnother([
          ['db', 'SELECT session', 6],
          ['db', 'SELECT page', 230],
        ]),
    ],
    ['work between them', () => oneAfterAnother(CALLS, { gapMs: 60 })],
    [
      'a loop over data',
      (n: number) => oneAfterAnother(Array.from({ length: n + 1 }, () => ['db', 'SELECT user', 60] as const)),
    ],
    [
      'many of the same call',
      () => oneAfterAnother(Array.from({ length: 6 }, () => ['db', 'SELECT user', 40] as const)),
    ],
    ['another order each time', (n: number) => oneAfterAnother([...CALLS.slice(n % 3), ...CALLS.slice(0, n % 3)])],
    [
      'writes',
      () =>
        oneAfterAnother([
          ['http-client', 'POST pay', 120],
          ['db', 'INSERT INTO orders', 120],
        ]),
    ],
  ] as [string, (n: number) => SpanDescription[]][])('is silent for %s', (_, spans) => {
    expect(found(spans)).toEqual([])
  })

  it('takes a few calls of one service through a helper, and then says where the route begins', () => {
    const spans = () =>
      oneAfterAnother([1, 2, 3].map(() => ['http-client', 'GET gateway', 75] as const)).map((span) => ({
        ...span,
        site: place('src/get-json.ts', 4),
      }))
    const traces = [1, 2, 3, 4].map((n) => kept('GET /home', 245 + n, spans()))
    const definition = () => place('src/home.ts', 9)
    const [finding] = analyse(
      rule,
      { operations: [{ operation: 'GET /home', durations: constant(100, 245) }] },
      { captures: { ...capturing(traces), definition } },
    )
    expect(finding?.bottleneck.location).toMatchObject({ file: 'src/home.ts', line: 9 })
  })

  it('takes the same call from different lines for different calls', () => {
    const spans = () =>
      oneAfterAnother([1, 2, 3].map(() => ['http-client', 'GET gateway', 75] as const)).map((span, i) => ({
        ...span,
        site: place('src/home.ts', 10 + i),
      }))
    expect(found(spans)).toHaveLength(1)
  })

  it('trusts steps of a request that writes only where they say that they read', () => {
    const steps = [
      ['billing', 'quote', 110],
      ['stock', 'reserve', 120],
    ] as const
    expect(found(() => oneAfterAnother(steps), { route: 'POST /checkout' })).toEqual([])
    expect(found(() => oneAfterAnother(steps))).toHaveLength(1)
    expect(found(() => oneAfterAnother(CALLS), { route: 'POST /checkout' })).toHaveLength(1)
  })

  it('needs kept requests, and a saving that users feel', () => {
    expect(analyse(rule, { operations: [{ operation: 'GET /home', durations: constant(100, 245) }] })).toEqual([])
    const quick = CALLS.map(([component, operation, ms]) => [component, operation, ms / 5] as const)
    expect(found(() => oneAfterAnother(quick), { ms: 50 })).toEqual([])
  })
})
