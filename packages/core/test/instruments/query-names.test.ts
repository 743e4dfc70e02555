import { describe, expect, it } from 'vitest'
import { QueryNames } from '../../src/instruments/query-names.js'
import { measured } from './measured.js'

describe('QueryNames', () => {
  it('gives the same operation for the same text, and for texts that differ in values only', () => {
    const { tracker } = measured()
    const names = new QueryNames(tracker, 'postgres')
    const operation = names.operation('select 1')
    expect(names.operation('select 1')).toBe(operation)
    expect(names.operation('select  2')).toBe(operation)
    expect([operation.component, operation.operation]).toEqual(['db', 'select ?'])
  })

  it('keeps a bounded number of texts, and the used ones among them', () => {
    const { tracker } = measured()
    const names = new QueryNames(tracker, 'postgres')
    for (let n = 0; n < 10_000; n++) names.operation(`select ${n}`)
    expect(names.size).toBeLessThanOrEqual(2000)
    expect(tracker.operationCount).toBe(1)
    const size = names.size
    names.operation(`select '${'x'.repeat(10_000)}'`)
    expect(names.size).toBe(size)
  })
})
