import { describe, expect, it } from 'vitest'
import { highErrorRate } from '../../../src/optimizer/rules/high-error-rate.js'
import type { SourceLocation } from '../../../src/types/findings.js'
import type { ErrorRecord } from '../../../src/types/traces.js'
import type { OperationColumns } from '../../../src/types/window.js'
import { HOSTILE_NAMES, WINDOW_START } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { capturing, kept, place } from './kept.js'

const rule = highErrorRate()

function columns(failedCount: number[]): () => OperationColumns {
  return () => ({ count: failedCount.map(() => 5), failedCount, totalMs: failedCount.map(() => 50) })
}

describe('high-error-rate', () => {
  it('names the operation and its status codes, above the threshold and not at it', () => {
    expect(analyse(rule, { operations: [{ operation: 'GET /', count: 100, failedCount: 5 }] })).toEqual([])
    const [finding] = analyse(rule, {
      operations: [{ operation: 'POST /pay', count: 100, failedCount: 30, failureStatus: 503 }],
    })
    expect(finding?.bottleneck).toMatchObject({
      component: 'http',
      operation: 'POST /pay',
      impactScore: 0.3,
      severity: 'high',
    })
    expect(finding?.bottleneck.description).toBe('30 % of POST /pay failed (30 of 100: 503 (30 times)).')
    expect(evidence(finding, 'statusCode.503')).toBe(30)
  })

  it('counts no 4xx and no client that left, and needs a minimum', () => {
    for (const operation of [
      { operation: 'GET /a', count: 100, failedCount: 50, failureStatus: 404 },
      { operation: 'GET /b', count: 100, abortedCount: 60 },
      { operation: 'GET /c', count: 19, failedCount: 19 },
      { operation: 'GET /d', count: 40, failedCount: 4 },
    ]) {
      expect(analyse(rule, { operations: [operation] })).toEqual([])
    }
    expect(analyse(rule, {})).toEqual([])
  })

  it('is low for a rare operation that fails', () => {
    const operations = [
      { operation: 'GET /', count: 2000 },
      { operation: 'GET /rare', count: 20, failedCount: 20 },
    ]
    expect(analyse(rule, { operations })[0]?.bottleneck.severity).toBe('low')
  })

  it('finds the call behind the failures of several routes once', () => {
    const route = (operation: string) => ({
      operation,
      count: 50,
      failedCount: 20,
      children: [{ component: 'handler', operation: `h ${operation}`, calls: 50, totalMs: 400 }],
    })
    const handler = (operation: string) => ({
      component: 'handler',
      operation: `h ${operation}`,
      count: 50,
      failedCount: 20,
      children: [{ component: 'http-client', operation: 'POST pay.example', calls: 50, totalMs: 300 }],
    })
    const operations = [
      ...['GET /a', 'GET /b'].flatMap((name) => [route(name), handler(name)]),
      { component: 'http-client', operation: 'POST pay.example', count: 100, failedCount: 40 },
    ]
    const [finding, ...more] = analyse(rule, { operations })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      component: 'http-client',
      operation: 'POST pay.example',
      title: 'http-client POST pay.example fails, and 2 operations with it',
    })
    expect(finding?.recommendations[0]).toMatchObject({
      type: 'architectural-change',
      estimatedImpact: { current: 40, predicted: 0 },
    })
  })

  it('keeps the route as the finding when one alone suffers, and names the call', () => {
    const operations = [
      {
        operation: 'GET /a',
        count: 50,
        failedCount: 20,
        children: [{ component: 'db', operation: 'SELECT', calls: 50, totalMs: 400 }],
      },
      { component: 'db', operation: 'SELECT', count: 50, failedCount: 19 },
    ]
    const [finding, ...more] = analyse(rule, { operations })
    expect(more).toEqual([])
    expect(finding?.bottleneck.operation).toBe('GET /a')
    expect(finding?.bottleneck.description).toContain(
      'The failures go with those of db SELECT: 19 of 50 of its calls failed.',
    )
  })

  it('lists a failing call with which everybody copes as low', () => {
    const operations = [
      {
        operation: 'GET /a',
        count: 50,
        children: [{ component: 'http-client', operation: 'GET ads', calls: 50, totalMs: 400 }],
      },
      { component: 'http-client', operation: 'GET ads', count: 50, failedCount: 25 },
    ]
    const [finding, ...more] = analyse(rule, { operations })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET ads', severity: 'low' })
  })

  it('says since when, and not what is over or was start-up', () => {
    const operations = [{ operation: 'GET /', count: 300, failedCount: 60 }]
    const since = [...new Array(40).fill(0), ...new Array(20).fill(3)]
    const [finding] = analyse(rule, { operations, operationColumns: columns(since) })
    expect(finding?.bottleneck.description).toContain(`since ${new Date(WINDOW_START + 40_000).toISOString()}`)
    const over = [...new Array(20).fill(3), ...new Array(40).fill(0)]
    expect(analyse(rule, { operations, operationColumns: columns(over) })).toEqual([])
    const always = new Array(60).fill(1)
    expect(analyse(rule, { operations, operationColumns: columns(always) })[0]?.bottleneck.description).not.toContain(
      'since',
    )
    const startUp = [...new Array(9).fill(5), ...new Array(51).fill(0)]
    expect(analyse(rule, { operations, operationColumns: columns(startUp), startsAfterMs: 30_000 })).toEqual([])
  })

  it.each(HOSTILE_NAMES)('writes one line for an operation named %j', (operation) => {
    const [finding] = analyse(rule, { operations: [{ operation, count: 50, failedCount: 50 }] })
    expect(finding?.bottleneck.operation).toBe(operation)
    expect(`${finding?.bottleneck.title}${finding?.bottleneck.description}`).not.toMatch(/[\n\u202e]/)
  })

  it('names the error that is most frequent, its first line in the app, kept requests, and what is left without it', () => {
    const record = (name: string, count: number, location: SourceLocation | null): ErrorRecord => ({
      component: 'http',
      operation: 'POST /pay',
      class: name,
      message: 'Cannot read properties of undefined',
      location,
      count,
      firstAt: new Date(WINDOW_START).toISOString(),
      lastAt: new Date(WINDOW_START).toISOString(),
    })
    const errors = [record('TypeError', 24, place('src/pay.ts', 31)), record('RangeError', 6, null)]
    const failed = kept('POST /pay', 12, [], { id: 'abc1', reason: 'failed', outcome: 'failure' })
    const [finding] = analyse(
      rule,
      { operations: [{ operation: 'POST /pay', count: 100, failedCount: 30 }] },
      { captures: { ...capturing([failed]), errors: ({ operation }) => (operation === 'POST /pay' ? errors : []) } },
    )
    expect(finding?.bottleneck.location).toMatchObject({ file: 'src/pay.ts', line: 31 })
    expect(finding?.bottleneck.description).toContain(
      'Most often it is TypeError: Cannot read properties of undefined at src/pay.ts:31 (24 times).',
    )
    expect(finding?.bottleneck.description).toContain('Kept requests: abc1.')
    const impact = finding?.recommendations[0]?.estimatedImpact
    expect(impact?.metric).toBe('errorRatePercent')
    expect(impact?.predicted).toBeCloseTo(6)
  })

  it('is at least medium where a route that people use fails, however quick the others are', () => {
    const busy = { operation: 'GET /', count: 2000 }
    const failing = { operation: 'POST /pay', count: 100, failedCount: 25 }
    expect(analyse(rule, { operations: [busy, failing] })[0]?.bottleneck.severity).toBe('medium')
    const rare = { operation: 'POST /pay', count: 30, failedCount: 8 }
    expect(analyse(rule, { operations: [busy, rare] })[0]?.bottleneck.severity).toBe('low')
  })
})
