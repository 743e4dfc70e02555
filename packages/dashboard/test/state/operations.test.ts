import { describe, expect, it } from 'vitest'
import { callersOf, rowsOf, searchRows, sortRows } from '../../src/state/operations.js'
import { component, operation } from '../fixtures.js'

const components = {
  http: component({
    'GET /orders': operation({
      count: 10,
      averageDurationMs: 30,
      p95Ms: 80,
      errorRatePercent: 0,
      children: [{ component: 'db', operation: 'select orders', callsPerParent: 5, totalMs: 150, sharePercent: 50 }],
    }),
    'GET /products': operation({ count: 100, averageDurationMs: 1, p95Ms: 3, errorRatePercent: 2 }),
    'GET /events': operation(),
  }),
  db: component({ 'select orders': operation({ count: 50, averageDurationMs: 3, p95Ms: 5 }) }),
}
const rows = rowsOf(components)
const names = (list: typeof rows) => list.map((row) => row.operation)

describe('rows of operations', () => {
  it('compares the time of each with the time of all requests', () => {
    expect(rows.map(({ operation: name, sharePercent }) => [name, sharePercent])).toEqual([
      ['GET /orders', 75],
      ['GET /products', 25],
      ['GET /events', null],
      ['select orders', 37.5],
    ])
  })

  it('sorts what is not known last, both ways', () => {
    expect(names(sortRows(rows, 'p95', true))).toEqual(['GET /orders', 'select orders', 'GET /products', 'GET /events'])
    expect(names(sortRows(rows, 'p95', false))).toEqual([
      'GET /products',
      'select orders',
      'GET /orders',
      'GET /events',
    ])
  })

  it('sorts by share in the order of the shares it shows', () => {
    expect(names(sortRows(rows, 'share', true))).toEqual([
      'GET /orders',
      'select orders',
      'GET /products',
      'GET /events',
    ])
  })

  it('sorts equal figures by name, and names from A', () => {
    expect(names(sortRows(rows, 'rate', true))).toEqual(names(sortRows(rows, 'operation', false)))
    expect(names(sortRows(rows, 'operation', false))[0]).toBe('select orders')
  })

  it('finds every word in any order, in the component too', () => {
    expect(names(searchRows(rows, 'ORDERS get'))).toEqual(['GET /orders'])
    expect(names(searchRows(rows, 'db'))).toEqual(['select orders'])
    expect(names(searchRows(rows, ' '))).toHaveLength(4)
    expect(names(searchRows(rows, 'nothing'))).toEqual([])
  })

  it('keeps its order through ten thousand rows', () => {
    const many = rowsOf({
      http: component(
        Object.fromEntries(
          Array.from({ length: 10_000 }, (_, i) => [`GET /${i}`, operation({ count: i, averageDurationMs: 1 })]),
        ),
      ),
    })
    const sorted = sortRows(many, 'count', true)
    expect(sorted[0]?.metrics.count).toBe(9999)
    expect(sorted.at(-1)?.metrics.count).toBe(0)
  })

  it('knows who calls an operation', () => {
    expect(callersOf(components, 'db', 'select orders')).toEqual([
      { component: 'http', operation: 'GET /orders', callsPerParent: 5, sharePercent: 50 },
    ])
    expect(callersOf(components, 'http', 'GET /orders')).toEqual([])
  })
})
