import { describe, expect, it } from 'vitest'
import { atOnce, errorRatePercent, measured, quantileOf, settledFrom, withoutInner } from '../../src/types/reading.js'
import { metricsWindow, operationView } from '../helpers/window.js'

describe('settledFrom', () => {
  it('is 0 for a process older than the window', () => {
    expect(settledFrom(metricsWindow({ sampleCount: 60 }))).toBe(0)
  })

  it('leaves the first 10 s of a younger process out', () => {
    const window = metricsWindow({ sampleCount: 60, startsAfterMs: 5000 })
    expect(settledFrom(window)).toBe(10)
  })

  it('is the end of the window when all of it is start-up', () => {
    expect(settledFrom(metricsWindow({ sampleCount: 4, startsAfterMs: 5000 }))).toBe(4)
    expect(settledFrom(metricsWindow({ sampleCount: 0 }))).toBe(0)
  })
})

it('takes null and what is not finite for no evidence', () => {
  expect(measured([1, null, Number.NaN, Number.POSITIVE_INFINITY, 2])).toEqual([1, 2])
  expect(quantileOf([], 0.5)).toBeNull()
  expect(quantileOf([3, 1, 2], 0.5)).toBe(2)
})

it('counts aborted operations neither way', () => {
  expect(errorRatePercent(operationView({ operation: 'GET /', count: 20, failedCount: 5, abortedCount: 10 }))).toBe(50)
  expect(errorRatePercent(operationView({ operation: 'GET /', count: 3, abortedCount: 3 }))).toBeNull()
})

it('leaves out what others call for more than half of its runs, but not recursion', () => {
  const query = operationView({ component: 'db', operation: 'SELECT', count: 10 })
  const job = operationView({
    component: '__proto__',
    operation: 'constructor',
    count: 10,
    children: [{ component: '__proto__', operation: 'constructor', calls: 10, totalMs: 1 }],
  })
  const route = operationView({
    operation: 'GET /',
    children: [{ component: 'db', operation: 'SELECT', calls: 6, totalMs: 60 }],
  })
  const window = metricsWindow({ operations: [query, job, route] })
  expect(atOnce(withoutInner(window, [query, job]))).toEqual([job])
})
