import { describe, expect, it } from 'vitest'
import { nearestLimit, type VerdictInput, verdict } from '../../src/exporters/verdict.js'
import {
  alert,
  bottleneck,
  component,
  operationMetrics,
  recommendation,
  report,
  runtime,
  snapshot,
  system,
} from './reports.js'

const calm = { successfulCount: 1000, failedCount: 0, abortedCount: 0, count: 1000 }

describe('verdict of a finding', () => {
  it('says what is wrong, where, and what fixing it would bring', () => {
    expect(verdict(report())).toEqual({
      kind: 'finding',
      severity: 'high',
      text: 'GET /orders is slow: 51 queries per request, from src/orders.ts:42. Fixing it would take its p95 from 480 ms to about 60.4 ms.',
      moreCount: 0,
    })
  })

  it('leaves the prediction out where there is none', () => {
    const advice = recommendation({ estimatedImpact: null })
    expect(verdict(report({ recommendations: [advice] })).text).toBe(
      'GET /orders is slow: 51 queries per request, from src/orders.ts:42.',
    )
  })

  it('says could where the model is not sure', () => {
    const impact = { score: 1, metric: 'errorRatePercent', current: 12, predicted: 0.5, confidence: 0.4 }
    const advice = recommendation({ estimatedImpact: impact })
    expect(verdict(report({ recommendations: [advice] })).text).toContain(
      'Fixing it could take its error rate from 12 % to about 0.5 %.',
    )
  })

  it('names the operation where the title does not', () => {
    const finding = bottleneck({ title: 'Slow.', location: null })
    expect(verdict(report({ bottlenecks: [finding], recommendations: [] })).text).toBe('GET /orders: Slow.')
  })

  it('speaks of the first and counts the others', () => {
    const findings = [bottleneck({ operation: null, location: null, title: 'CPU at 97 %' }), bottleneck(), bottleneck()]
    const impact = { score: 1, metric: 'cpuPercent', current: 97, predicted: 40, confidence: 1 }
    const advice = recommendation({ estimatedImpact: impact })
    const said = verdict(report({ bottlenecks: findings, recommendations: [advice] }))
    expect(said).toMatchObject({
      text: 'CPU at 97 %. Fixing it would take the CPU from 97 % to about 40 %.',
      moreCount: 2,
    })
  })
})

describe('verdict without a finding', () => {
  it('is the gravest alert that fires', () => {
    const alerts = [alert(), alert({ severity: 'critical', message: 'GET /pay fails.' }), alert({ state: 'resolved' })]
    expect(verdict(report({ bottlenecks: [], alerts }))).toEqual({
      kind: 'alert',
      severity: 'critical',
      text: 'GET /pay fails.',
      moreCount: 1,
    })
  })

  it.each([
    [0, 'Too early to say: no requests so far.'],
    [1, 'Too early to say: 1 request so far.'],
    [14, 'Too early to say: 14 requests so far.'],
  ])('waits for traffic: %i', (count, text) => {
    const componentMetrics = {
      http: component({ 'GET /': operationMetrics({ ...calm, count, successfulCount: count }) }),
    }
    expect(verdict(without({ componentMetrics }))).toMatchObject({ kind: 'early', text })
  })

  it('waits for operations in an app that has no HTTP', () => {
    expect(verdict(without({ componentMetrics: {} })).text).toBe('Too early to say: no requests so far.')
    const jobs = component({ send: operationMetrics({ count: 3 }) })
    expect(verdict(without({ componentMetrics: { jobs } })).text).toBe('Too early to say: 3 operations so far.')
  })

  it('is content, and names the nearest limit', () => {
    const said = verdict(without({ systemMetrics: system({ cpuUsagePercent: 62.04 }) }))
    expect(said).toMatchObject({
      kind: 'well',
      text: 'All is well: nothing slow, nothing failing, plenty of headroom (CPU, the nearest limit, at 62 %).',
    })
  })

  it('promises no headroom that it does not know', () => {
    expect(verdict(without({ systemMetrics: null, runtimeMetrics: null })).text).toBe(
      'All is well: nothing slow, nothing failing.',
    )
    expect(verdict(without({ systemMetrics: system({ cpuUsagePercent: 78 }) })).text).toBe(
      'All is well: nothing slow, nothing failing, the nearest limit is CPU, at 78 %.',
    )
  })

  it('does not call it well when something fails, is nearly full or is about to alert', () => {
    const failing = component({ 'GET /': operationMetrics({ successfulCount: 970, failedCount: 30, count: 1000 }) })
    expect(verdict(without({ componentMetrics: { http: failing } })).text).toMatch(
      /^No finding: nothing slow, 3 % of requests failing, plenty/,
    )
    expect(verdict(without({ systemMetrics: system({ cpuUsagePercent: 99 }) })).text).toMatch(/^No finding: /)
    const alerts = [alert({ state: 'pending', message: 'p95 is high' })]
    expect(verdict({ ...without({}), alerts }).text).toMatch(/\. To watch: p95 is high\.$/)
  })
})

describe('nearestLimit', () => {
  it('is the largest share that was measured', () => {
    expect(nearestLimit(snapshot())).toEqual({ name: 'disk', usedPercent: 60 })
    const hot = runtime({ heapUsedBytes: 3.9e9, heapLimitBytes: 4e9 })
    expect(nearestLimit(snapshot({ runtimeMetrics: hot }))).toEqual({ name: 'heap', usedPercent: 97.5 })
    const unknown = system({ cpuUsagePercent: Number.NaN, memoryTotalBytes: 0, disks: null, diskTotalBytes: null })
    expect(nearestLimit(snapshot({ systemMetrics: unknown, runtimeMetrics: null }))).toBe(null)
  })
})

function without(change: Parameters<typeof snapshot>[0]): VerdictInput {
  const componentMetrics = { http: component({ 'GET /': operationMetrics(calm) }) }
  return { snapshot: snapshot({ componentMetrics, ...change }), alerts: [], bottlenecks: [], recommendations: [] }
}
