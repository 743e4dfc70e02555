import { describe, expect, it } from 'vitest'
import { operationFailure } from '../../../src/alerts/rules/operation-failure.js'
import { HOSTILE_NAMES, metricsWindow, type OperationDescription } from '../../helpers/window.js'
import { evaluated, OPTIONS } from './rules.js'

const rule = operationFailure(OPTIONS)

function evaluate(...operations: OperationDescription[]) {
  return evaluated(rule, metricsWindow({ operations }))
}

describe('operation-failure', () => {
  it('fires above the threshold and not at it', () => {
    expect(evaluate({ operation: 'GET /', count: 100, failedCount: 5 })).toEqual([])
    const [condition] = evaluate({ operation: 'POST /pay', count: 100, failedCount: 6 })
    expect(condition).toMatchObject({
      component: 'http',
      operation: 'POST /pay',
      value: 6,
      threshold: 5,
      severity: 'warning',
    })
    expect(condition?.message).toBe('6 % of POST /pay failed over the last 60 s (6 of 100, threshold 5 %)')
    expect(evaluate({ operation: 'GET /', count: 100, failedCount: 51 })[0]?.severity).toBe('critical')
  })

  it('counts aborted runs neither as failed nor towards the minimum', () => {
    expect(evaluate({ operation: 'GET /', count: 100, failedCount: 10, abortedCount: 81 })).toEqual([])
    expect(evaluate({ operation: 'GET /', count: 101, failedCount: 10, abortedCount: 81 })[0]?.value).toBe(50)
    expect(evaluate({ operation: 'GET /', count: 19, failedCount: 19 })).toEqual([])
    expect(evaluate({ operation: 'GET /', durations: [] })).toEqual([])
  })

  it('names a failing call beside its route, and a handler never', () => {
    const conditions = evaluate(
      { operation: 'GET /', count: 30 },
      { component: 'handler', operation: 'list', count: 30, failedCount: 15 },
      { component: 'connect', operation: 'pay', count: 30, failedCount: 15 },
      { component: 'http-client', operation: 'GET pay', count: 30, failedCount: 15 },
    )
    expect(conditions.map(({ component }) => component)).toEqual(['http-client'])
  })

  it.each(HOSTILE_NAMES)('writes one line for an operation named %j', (operation) => {
    const [condition] = evaluate({ operation, count: 30, failedCount: 30 })
    expect(condition?.message).not.toMatch(/[\n\u202e]/)
  })
})
