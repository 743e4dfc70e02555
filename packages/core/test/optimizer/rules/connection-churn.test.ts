import { describe, expect, it } from 'vitest'
import { connectionChurn } from '../../../src/optimizer/rules/connection-churn.js'
import { constant, type OperationDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { capturing, place } from './kept.js'

const rule = connectionChurn()

function flights(of: { connects?: number; requests?: number; failed?: number } = {}): OperationDescription[] {
  const { connects = 200, requests = 200, failed = 0 } = of
  return [
    {
      operation: 'GET /flights',
      durations: constant(requests, 30),
      children: [{ component: 'http-client', operation: 'GET air.example', calls: requests, totalMs: requests * 25 }],
    },
    { component: 'http-client', operation: 'GET air.example', durations: constant(requests, 25) },
    { component: 'connect', operation: 'air.example:443', durations: constant(connects, 12), failedCount: failed },
  ]
}

describe('connection-churn', () => {
  it('names host, share of requests, time and line, and what kept connections would take', () => {
    const captures = capturing([], { 'GET air.example': [place('src/air.ts', 5)] })
    const [finding, ...more] = analyse(rule, { operations: flights() }, { captures })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      operation: 'GET /flights',
      severity: 'critical',
      location: { file: 'src/air.ts', line: 5 },
    })
    expect(finding?.bottleneck.title).toBe('GET /flights opens a new connection to air.example:443 for every request')
    expect(evidence(finding, 'connects')).toBe(200)
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(18)
  })

  it.each([
    ['kept connections', { connects: 20 }],
    ['few requests', { connects: 20, requests: 20 }],
    ['connects in vain', { connects: 200, failed: 150 }],
  ])('is silent for %s', (_, of) => {
    expect(analyse(rule, { operations: flights(of) })).toEqual([])
  })

  it('is silent where requests are too rare to share one', () => {
    expect(analyse(rule, { operations: flights({ connects: 40, requests: 40 }), intervalMs: 5000 })).toEqual([])
  })

  it('finds a database client for every request', () => {
    const queries = { component: 'db', operation: 'SELECT seats', calls: 200, totalMs: 600 }
    const connect = { component: 'db', operation: '(connect pg)', calls: 100, totalMs: 1500 }
    const route = (children: (typeof queries)[]) => ({
      operations: [{ operation: 'GET /seats', durations: constant(100, 25), children }],
    })
    const [finding] = analyse(rule, route([queries, connect]))
    expect(finding?.bottleneck.title).toBe('GET /seats opens a new connection to pg for every request')
    expect(finding?.recommendations[0]?.title).toBe('Keep connections to pg in a pool')
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(10)
    expect(analyse(rule, route([queries, { ...connect, calls: 10, totalMs: 150 }]))).toEqual([])
  })
})
