import { describe, expect, it } from 'vitest'
import { compare, figureOf, median, promiseOf } from '../lib/prediction.mjs'

const twin = {
  report: {
    snapshot: {
      componentMetrics: {
        http: { operationBreakdown: { 'GET /orders': { p95Ms: 60, errorRatePercent: 0, operationsPerSecond: 8 } } },
      },
    },
  },
  history: { runtime: { eventLoopUtilizationPercent: [90, null, 20, 22, 18, 20, 20, 20] }, system: {} },
}
const promise = { metric: 'p95Ms', current: 480, predicted: 75, component: 'http', operation: 'GET /orders' }

describe('a prediction', () => {
  it('is compared with the same figure of the twin', () => {
    expect(compare({ promise, twin })).toMatchObject({ measured: 60, errorPercent: 25 })
  })

  it('is compared with the operation of the note when the finding names a child that is gone', () => {
    const ofChild = { ...promise, component: 'db', operation: 'SELECT gone' }
    expect(compare({ promise: ofChild, twin })).toMatchObject({ measured: null, errorPercent: null })
    expect(compare({ promise: ofChild, predicts: { operation: 'GET /orders' }, twin }).measured).toBe(60)
  })

  it('is not far off where little is left of much', () => {
    const errors = { ...promise, metric: 'errorRatePercent', current: 40, predicted: 0.4 }
    expect(compare({ promise: errors, twin }).errorPercent).toBeCloseTo(20)
  })

  it('reads figures of the process as a mean without start-up', () => {
    expect(figureOf(twin, { metric: 'eventLoopUtilizationPercent', component: null, operation: null })).toBe(20)
    expect(figureOf(twin, { metric: 'throughputPerSecond', component: 'http', operation: 'GET /orders' })).toBe(8)
    expect(figureOf(twin, { metric: 'unheardOf', component: null, operation: null })).toBeNull()
  })

  it('is the first that the judged finding has', () => {
    const report = {
      bottlenecks: [{ id: 'a', type: 'n-plus-one', operation: 'GET /orders', title: 't' }],
      recommendations: [
        { bottleneckId: 'b', estimatedImpact: { metric: 'p95Ms', current: 1, predicted: 1 } },
        { bottleneckId: 'a', estimatedImpact: null },
        {
          bottleneckId: 'a',
          estimatedImpact: { metric: 'p95Ms', current: 480, predicted: 75 },
          component: 'http',
          operation: 'GET /orders',
        },
      ],
    }
    expect(promiseOf(report, report.bottlenecks[0])).toEqual(promise)
    expect(promiseOf(report, null)).toBeNull()
  })
})

it('knows the median', () => {
  expect([median([]), median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([null, 2, 2.5])
})
