import { describe, expect, it } from 'vitest'
import type { TraceSpan } from '../../../core/src/types/traces.js'
import { foldRepeats, inTreeOrder } from '../../src/views/trace-rows.js'

const span = (operation: string, parent: number | null): TraceSpan => ({
  component: 'db',
  operation,
  parent,
  startMs: 0,
  durationMs: 1,
  success: true,
  site: null,
})

describe('inTreeOrder', () => {
  it('puts each span after its parent, one step further in', () => {
    const spans = [span('a', null), span('b', null), span('a1', 0), span('a11', 2), span('b1', 1), span('a2', 0)]
    expect(inTreeOrder(spans).map(({ span: { operation }, depth }) => [operation, depth])).toEqual([
      ['a', 0],
      ['a1', 1],
      ['a11', 2],
      ['a2', 1],
      ['b', 0],
      ['b1', 1],
    ])
  })

  it('keeps spans whose parent is missing or is themselves', () => {
    expect(inTreeOrder([span('lost', 7), span('self', 1)]).map(({ depth }) => depth)).toEqual([0, 0])
  })
})

describe('foldRepeats', () => {
  const shown = (spans: TraceSpan[]) =>
    foldRepeats(inTreeOrder(spans)).map(({ span: { operation }, repeats }) => [operation, repeats.length])
  const many = (operation: string, parent: number | null, times: number) =>
    Array.from({ length: times }, () => span(operation, parent))

  it('makes one row of the same call many times in a row', () => {
    expect(shown([span('list', null), ...many('item', 0, 51), span('tax', 0), ...many('few', 0, 3)])).toEqual([
      ['list', 0],
      ['item', 51],
      ['tax', 0],
      ['few', 0],
      ['few', 0],
      ['few', 0],
    ])
  })

  it('makes one row of calls that alternate, where they are too many to be read', () => {
    const few = [span('list', null), ...Array.from({ length: 8 }, (_, n) => span(n % 2 === 0 ? 'a' : 'b', 0))]
    expect(shown(few)).toHaveLength(few.length)
    const alternating = [span('list', null), span('head', 0)]
    for (let n = 0; n < 30; n++) alternating.push(span('lines', 0), ...many('product', 0, n % 3))
    const last = alternating.push(span('product', 0)) - 1
    alternating.push(span('inner', last), { ...span('product', 0), success: false })
    expect(shown(alternating)).toEqual([
      ['list', 0],
      ['head', 0],
      ['lines', 30],
      ['product', 30],
      ['product', 0],
      ['inner', 0],
      ['product', 0],
    ])
  })

  it('keeps apart what failed, what another line called, and what called something', () => {
    const site = (line: number) => ({ file: 'a.ts', line, column: 1, function: null })
    const failed = { ...span('item', null), success: false }
    expect(shown([...many('item', null, 4), failed]).map(([, times]) => times)).toEqual([4, 0])
    const elsewhere = many('item', null, 4).map((each) => ({ ...each, site: site(9) }))
    expect(shown([...many('item', null, 4), ...elsewhere]).map(([, times]) => times)).toEqual([4, 4])
    // the fifth is the heading of its own call
    expect(shown([...many('item', null, 5), span('inner', 4)])).toEqual([
      ['item', 4],
      ['item', 0],
      ['inner', 0],
    ])
    expect(foldRepeats([])).toEqual([])
  })
})
