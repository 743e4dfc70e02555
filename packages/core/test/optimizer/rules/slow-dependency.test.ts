import { describe, expect, it } from 'vitest'
import { slowDependency } from '../../../src/optimizer/rules/slow-dependency.js'
import { constant, type OperationDescription } from '../../helpers/window.js'
import { analyse } from './analyse.js'
import { capturing, place } from './kept.js'

const rule = slowDependency()

function price(of: { component?: string; child?: string; ms?: number; callMs?: number } = {}): OperationDescription[] {
  const { component = 'http-client', child = 'GET rates.example', ms = 260, callMs = 250 } = of
  return [
    { operation: 'GET /products', durations: constant(200, 4) },
    {
      operation: 'GET /price',
      durations: constant(100, ms),
      children: [{ component, operation: child, calls: 100, totalMs: 100 * callMs }],
    },
    { component, operation: child, durations: constant(100, callMs) },
  ]
}

describe('slow-dependency', () => {
  it('names route, host, share and line, and what the route would be without it', () => {
    const captures = capturing([], { 'GET rates.example': [place('src/rates.ts', 21)] })
    const [finding, ...more] = analyse(rule, { operations: price() }, { captures })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /price', location: { file: 'src/rates.ts', line: 21 } })
    expect(finding?.bottleneck.title).toContain('`http-client GET rates.example` is 96.2 % of the time of GET /price')
    expect(finding?.recommendations[0]).toMatchObject({ type: 'caching-strategy' })
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(10)
  })

  it('does not advise to cache what changes something', () => {
    const [finding] = analyse(rule, { operations: price({ child: 'POST pay.example' }) })
    expect(finding?.recommendations[0]?.type).toBe('architectural-change')
  })

  it('takes the definition of the handler where no call was sampled', () => {
    const [other, route, call] = price() as [OperationDescription, OperationDescription, OperationDescription]
    const handler = { component: 'handler', operation: 'price', calls: 100, totalMs: 26_000 }
    const operations = [other, { ...route, children: [...(route.children ?? []), handler] }, call]
    const captures = {
      definition: ({ operation }: { operation: string }) => (operation === 'price' ? place('src/price.ts', 3) : null),
    }
    const [finding] = analyse(rule, { operations }, { captures })
    expect(finding?.bottleneck.location).toMatchObject({ file: 'src/price.ts', line: 3 })
  })

  it.each([
    ['a quick service', { ms: 105, callMs: 100 }],
    ['a database', { component: 'db', child: 'SELECT' }],
    ['half of the time', { ms: 400, callMs: 200 }],
  ])('is silent for %s', (_, of) => {
    expect(analyse(rule, { operations: price(of) })).toEqual([])
  })

  it('leaves a host with a full accept queue to the network: who got in waits in it as well', () => {
    const connects = (count: number) => ({
      component: 'connect',
      operation: 'rates.example:443',
      durations: [...constant(count - count / 10, 1), ...constant(count / 10, 1030)],
    })
    expect(analyse(rule, { operations: [...price(), connects(100)] })).toEqual([])
    expect(analyse(rule, { operations: [...price(), connects(10)] })).toHaveLength(1)
  })

  it('asks for more where other processes use the CPU of the host', () => {
    const system = { cpuUsagePercent: constant(60, 98) }
    expect(analyse(rule, { operations: price({ ms: 170, callMs: 160 }) })).toHaveLength(1)
    expect(analyse(rule, { operations: price({ ms: 170, callMs: 160 }), system })).toEqual([])
    expect(analyse(rule, { operations: price(), system })).toHaveLength(1)
  })

  it('does not take a function that computes for one that waits', () => {
    const runtime = {
      eventLoopUtilizationPercent: constant(60, 50),
      'eventLoopDelay.maxMs': constant(60, 260),
      'eventLoopDelay.p99Ms': constant(60, 20),
    }
    const own = { component: 'report', child: 'render' }
    expect(analyse(rule, { operations: price(own), runtime })).toEqual([])
    expect(analyse(rule, { operations: price(own) })).toHaveLength(1)
  })

  it('explains what only says that the route is slow', () => {
    const [finding] = analyse(rule, { operations: price() })
    const other = (type: string, evidence: object[] = []) =>
      finding?.explains?.({
        bottleneck: { type, component: 'http', operation: 'GET /price', evidence } as never,
        recommendations: [],
      })
    expect(other('slow-operations')).toBe(true)
    expect(other('high-error-rate')).toBe(false)
    const repeats = (urls: number, perUrl: number) => [
      { metric: 'distinctUrls', value: urls, unit: 'URLs' },
      { metric: 'requestsPerUrl', value: perUrl, unit: 'requests' },
    ]
    expect(other('cacheable-repeat', repeats(1, 500))).toBe(true)
    expect(other('cacheable-repeat', repeats(12, 50))).toBe(false)
  })
})
