import { describe, expect, it } from 'vitest'
import type { OperationHistory } from '../../../core/src/types/window.js'
import {
  appendSample,
  leadingComponent,
  MAX_POINTS,
  mergeTail,
  operationSeriesOf,
  perSecond,
  ratio,
  type Series,
  seriesOf,
  sinceBegin,
  successes,
  takesSamples,
  trimBefore,
} from '../../src/state/series.js'
import { history, START_MS, sample } from '../fixtures.js'

function lengths(series: Series): number[] {
  return [
    series.times,
    series.measuredMs,
    ...Object.values(series.system),
    ...Object.values(series.runtime),
    ...Object.values(series.components).flatMap((columns) => Object.values(columns)),
  ].map((column) => column.length)
}

describe('appendSample', () => {
  const series = seriesOf(history([1, null, 3]))

  it('puts one point behind every column, nested fields included', () => {
    const next = appendSample(series, sample(4000, 9), START_MS)
    expect(next.times.at(-1)).toBe(START_MS + 4000)
    expect(next.system.cpuUsagePercent).toEqual([1, null, 3, 50])
    expect(next.runtime['eventLoopDelay.p99Ms']).toEqual([10, null, 30, 7])
    expect(next.components.http?.count).toEqual([1, null, 3, 9])
    expect(next.components.http?.p95Ms.at(-1)).toBe(2)
    expect(new Set(lengths(next))).toEqual(new Set([4]))
    expect(series.times).toHaveLength(3)
  })

  it('counts nothing, but times nothing, where a component did nothing', () => {
    const next = appendSample(series, sample(4000, 0), START_MS)
    expect(next.components.http?.count.at(-1)).toBe(0)
    expect(next.components.http?.p95Ms.at(-1)).toBeNull()
  })

  it('fills the columns of a new component with gaps', () => {
    const late = {
      ...sample(4000, 2),
      componentMetrics: {
        db: { totalOperations: 2, failedOperations: 0, abortedOperations: 0, p50Ms: 1, p95Ms: 1, p99Ms: 1 },
      },
    }
    const next = appendSample(series, late, START_MS)
    expect(next.components.db?.count).toEqual([null, null, null, 2])
    expect(new Set(lengths(next))).toEqual(new Set([4]))
  })

  it('leaves a gap where samples are missing', () => {
    const next = appendSample(series, sample(20_000, 9), START_MS)
    expect(next.times.slice(-2)).toEqual([START_MS + 4000, START_MS + 20_000])
    expect(next.components.http?.count).toEqual([1, null, 3, null, 9])
  })

  it('ignores what it has already, and what has no time', () => {
    expect(appendSample(series, sample(3000, 9), START_MS)).toBe(series)
    expect(appendSample(series, { ...sample(4000, 9), timestamp: 'soon' }, START_MS)).toBe(series)
  })

  it('drops what is older than the range', () => {
    const next = appendSample(series, sample(4000, 9), START_MS + 3000)
    expect(next.components.http?.count).toEqual([3, 9])
  })

  it('never holds more than its limit', () => {
    const long = seriesOf(history(Array(MAX_POINTS + 500).fill(1)))
    expect(long.times).toHaveLength(MAX_POINTS)
    const next = appendSample(long, sample((MAX_POINTS + 501) * 1000, 9), 0)
    expect(new Set(lengths(next))).toEqual(new Set([MAX_POINTS]))
    expect(next.components.http?.count.at(-1)).toBe(9)
  })
})

describe('sinceBegin', () => {
  it('leaves out what was before the app, and keeps later gaps', () => {
    const series = sinceBegin(seriesOf(history([null, null, 3, null, 5])))
    expect(series.components.http?.count).toEqual([3, null, 5])
    expect(new Set(lengths(series))).toEqual(new Set([3]))
    const silent = seriesOf(history([null, null]))
    expect(sinceBegin(silent)).toBe(silent)
  })
})

describe('mergeTail', () => {
  it('takes the overlap from the newer answer', () => {
    const merged = mergeTail(seriesOf(history([1, 2, 3])), seriesOf(history([8, 9], 2000)), START_MS)
    expect(merged.components.http?.count).toEqual([1, 2, 8, 9])
    expect(new Set(lengths(merged))).toEqual(new Set([4]))
  })

  it('keeps what it has when nothing came, and starts anew when the step changed', () => {
    const series = seriesOf(history([1, 2, 3]))
    expect(mergeTail(series, seriesOf(history([])), START_MS)).toBe(series)
    const other = seriesOf(history([5], 0, 6000))
    expect(mergeTail(series, other, START_MS)).toBe(other)
  })
})

describe('columns', () => {
  it('trims to nothing when all is older', () => {
    expect(trimBefore(seriesOf(history([1, 2])), START_MS + 9000).times).toEqual([])
  })

  it('divides where both are known', () => {
    expect(ratio([1, null, 3, 4], [2, 2, 0, null], 100)).toEqual([50, null, null, null])
    expect(perSecond([6, null, 0, 1], [2000, null, 1000, 500])).toEqual([3, null, 0, 2])
  })

  it('counts as success what neither failed nor was aborted', () => {
    const columns = {
      ...seriesOf(history([10, null])).components.http,
      failedCount: [2, null],
      abortedCount: [1, null],
    }
    expect(successes(columns as never)).toEqual([7, null])
  })

  it('is led by http, or by the busiest', () => {
    expect(leadingComponent({ db: { totalOperations: 900 }, http: { totalOperations: 1 } })).toBe('http')
    expect(
      leadingComponent({ db: { totalOperations: 9 }, job: { totalOperations: 10 }, http: { totalOperations: 0 } }),
    ).toBe('job')
    expect(leadingComponent({})).toBeNull()
  })

  it('takes samples as they come only where one is one step', () => {
    expect(takesSamples(seriesOf(history([1])), 1000)).toBe(true)
    expect(takesSamples(seriesOf(history([1], 0, 6000)), 1000)).toBe(false)
  })

  it('finds the course of one operation, or none', () => {
    const whole = history([1, 2])
    const http = whole.components.http
    const named = { ...whole, operations: { http: { 'GET /': http as OperationHistory } } }
    expect(operationSeriesOf(named, 'http', 'GET /')?.components.http?.count).toEqual([1, 2])
    expect(operationSeriesOf(named, 'http', 'GET /other')).toBeNull()
  })
})
