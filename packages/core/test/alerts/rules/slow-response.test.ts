import { describe, expect, it } from 'vitest'
import { slowResponse } from '../../../src/alerts/rules/slow-response.js'
import { constant, HOSTILE_NAMES, metricsWindow, type OperationDescription } from '../../helpers/window.js'
import { evaluated, OPTIONS } from './rules.js'

const rule = slowResponse(OPTIONS)

function evaluate(...operations: OperationDescription[]) {
  return evaluated(rule, metricsWindow({ operations }))
}

describe('slow-response', () => {
  it('names the route, its p95, the threshold and the requests', () => {
    const [condition] = evaluate({ operation: 'GET /orders', durations: [...constant(290, 40), ...constant(22, 1420)] })
    expect(condition).toMatchObject({
      component: 'http',
      operation: 'GET /orders',
      value: 1420,
      threshold: 1000,
      unit: 'ms',
    })
    expect(condition?.message).toBe('p95 of GET /orders is 1.42 s over the last 60 s (threshold 1 s, 312 requests)')
  })

  it('fires above the threshold and not at it', () => {
    expect(evaluate({ operation: 'GET /', durations: constant(50, 1000) })).toEqual([])
    expect(evaluate({ operation: 'GET /', durations: constant(50, 1000.1) })).toHaveLength(1)
  })

  it('judges p95, so that one slow request in twenty-five is none', () => {
    expect(evaluate({ operation: 'GET /', durations: [...constant(48, 10), 5000, 5000] })).toEqual([])
  })

  it('needs the minimum count', () => {
    expect(evaluate({ operation: 'GET /', durations: constant(19, 5000) })).toEqual([])
    expect(evaluate({ operation: 'GET /', durations: constant(20, 5000) })).toHaveLength(1)
    expect(evaluate({ operation: 'GET /', durations: [] })).toEqual([])
  })

  it('is one alert for a route, its handler and the query below it', () => {
    const durations = constant(30, 2000)
    const conditions = evaluate(
      {
        operation: 'GET /',
        durations,
        children: [{ component: 'handler', operation: 'list', calls: 30, totalMs: 59_000 }],
      },
      {
        component: 'handler',
        operation: 'list',
        durations,
        children: [{ component: 'db', operation: 'SELECT', calls: 30, totalMs: 58_000 }],
      },
      { component: 'db', operation: 'SELECT', durations },
    )
    expect(conditions.map(({ component }) => component)).toEqual(['http'])
  })

  it('judges operations that no other one called: jobs, a worker’s own', () => {
    const conditions = evaluate(
      { operation: 'GET /', durations: constant(30, 10) },
      { component: 'orders', operation: 'create', durations: constant(30, 2000) },
      { component: 'connect', operation: 'example.org', durations: constant(30, 2000) },
    )
    expect(conditions.map(({ message }) => message)).toEqual([
      'p95 of orders create is 2 s over the last 60 s (threshold 1 s, 30 runs)',
    ])
  })

  it('judges routes alone where call trees are off and nobody knows who called', () => {
    const query = { component: 'db', operation: 'SELECT', durations: constant(30, 2000), selfMs: null }
    const route = { operation: 'GET /', durations: constant(30, 2100), selfMs: null }
    expect(evaluate(route, query).map(({ component }) => component)).toEqual(['http'])
    expect(evaluate(query).map(({ component }) => component)).toEqual(['db'])
  })

  it.each(HOSTILE_NAMES)('writes one line for an operation named %j', (operation) => {
    const [condition] = evaluate({ operation, durations: constant(30, 2000) })
    expect(condition?.operation).toBe(operation)
    expect(condition?.message).not.toMatch(/[\n\u202e]/)
    expect(condition?.message.length).toBeLessThan(300)
  })
})
