import { describe, expect, it } from 'vitest'
import { retryStorm } from '../../../src/optimizer/rules/retry-storm.js'
import { constant, type OperationDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { capturing, kept, oneAfterAnother, place } from './kept.js'

const rule = retryStorm()
const CALL = 'GET carrier.example'

function parcels(of: { calls?: number; failed?: number; ms?: number } = {}): OperationDescription[] {
  const { calls = 3, failed = 210, ms = 150 } = of
  return [
    { operation: 'GET /carriers', durations: constant(100, 3) },
    {
      operation: 'GET /parcels',
      durations: constant(100, ms),
      children: [{ component: 'http-client', operation: CALL, calls: 100 * calls, totalMs: 100 * calls * 40 }],
    },
    { component: 'http-client', operation: CALL, durations: constant(100 * calls, 40), failedCount: failed },
  ]
}

function attempts(n: number, success: (i: number) => boolean) {
  const calls = Array.from({ length: n }, () => ['http-client', CALL, 40] as const)
  return oneAfterAnother(calls, { gapMs: 10 }).map((span, i) => ({ ...span, success: success(i) }))
}

describe('retry-storm', () => {
  it('names host, attempts per request, failures and line, and what the first attempt alone takes', () => {
    const traces = [1, 2, 3, 4].map((n) =>
      kept(
        'GET /parcels',
        150 + n,
        attempts(3, (i) => i === 2),
      ),
    )
    const captures = capturing(traces, { [CALL]: [place('src/parcels.ts', 9)] })
    const [finding, ...more] = analyse(rule, { operations: parcels() }, { captures })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /parcels', location: { line: 9 } })
    expect(finding?.bottleneck.title).toContain(
      'calls `http-client GET carrier.example` 3 times per request, because it fails',
    )
    expect(evidence(finding, `failures of http-client ${CALL}`)).toBe(70)
    // two attempts of 40 ms and two pauses of 10 ms go away, of 153 ms at the median
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(52, 0)
  })

  it('saves something also where just under half of the kept requests ask again', () => {
    const once = [1, 2, 3].map((n) =>
      kept(
        'GET /parcels',
        50 + n,
        attempts(1, () => true),
      ),
    )
    const again = [1, 2].map((n) =>
      kept(
        'GET /parcels',
        150 + n,
        attempts(3, (i) => i === 2),
      ),
    )
    const [finding] = analyse(rule, { operations: parcels() }, { captures: capturing([...once, ...again]) })
    const { current = 0, predicted = 0 } = finding?.recommendations[0]?.estimatedImpact ?? {}
    // 100 ms of some 150 in two of five
    expect(1 - Number(predicted) / Number(current)).toBeCloseTo((2 / 5) * (2 / 3), 1)
  })

  it('is no remark because another route is waited for far more', () => {
    const slow = { operation: 'POST /seats', durations: constant(800, 600) }
    const [finding] = analyse(rule, { operations: [slow, ...parcels({ ms: 110, calls: 2.5, failed: 150 })] })
    expect(finding?.bottleneck.severity).toBe('medium')
  })

  it('believes kept requests where another route makes the same call and succeeds', () => {
    const of = { calls: 2.5, failed: 60 }
    const traces = [1, 2, 3, 4].map((n) =>
      kept(
        'GET /parcels',
        150 + n,
        attempts(3, (i) => i === 2),
      ),
    )
    expect(analyse(rule, { operations: parcels(of) })).toEqual([])
    expect(analyse(rule, { operations: parcels(of) }, { captures: capturing(traces) })).toHaveLength(1)
  })

  it('counts the failures against the calls of this route, where kept requests show that it asks again', () => {
    const others = { operation: 'GET /mails', durations: constant(900, 3) }
    const of = parcels({ calls: 2.5, failed: 150 }).map((each) =>
      each.component === 'http-client' ? { ...each, durations: constant(1150, 40) } : each,
    )
    const traces = [1, 2, 3, 4].map((n) =>
      kept(
        'GET /parcels',
        150 + n,
        attempts(3, (i) => i === 2),
      ),
    )
    expect(analyse(rule, { operations: [others, ...of] })).toEqual([])
    expect(analyse(rule, { operations: [others, ...of] }, { captures: capturing(traces) })).toHaveLength(1)
  })

  it('does without kept requests', () => {
    const [finding] = analyse(rule, { operations: parcels() })
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(150 * (1 - (120 / 150) * (2 / 3)))
  })

  it.each([
    ['one call', { calls: 1, failed: 70 }],
    ['few failures', { failed: 20 }],
    ['more calls than failures explain', { calls: 6, failed: 180 }],
  ])('is silent for %s', (_, of) => {
    expect(analyse(rule, { operations: parcels(of) })).toEqual([])
  })

  it('does not take calls side by side for attempts', () => {
    const beside = [0, 1, 2].map((i) => ({
      component: 'http-client',
      operation: CALL,
      startMs: i,
      durationMs: 40,
      success: i === 0,
    }))
    const traces = [1, 2, 3, 4].map((n) => kept('GET /parcels', 50 + n, beside))
    expect(analyse(rule, { operations: parcels() }, { captures: capturing(traces) })).toEqual([])
  })

  it('explains the failures of the host and of the route', () => {
    const [finding] = analyse(rule, { operations: parcels() })
    const other = (type: string, component: string, operation: string) =>
      finding?.explains?.({ bottleneck: { type, component, operation } as never, recommendations: [] })
    expect(other('high-error-rate', 'http-client', CALL)).toBe(true)
    expect(other('high-error-rate', 'http', 'GET /parcels')).toBe(true)
    expect(other('high-error-rate', 'http', 'GET /carriers')).toBe(false)
  })
})
