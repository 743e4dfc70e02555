import { describe, expect, it } from 'vitest'
import type { TraceSpan } from '../../../core/src/types/traces.js'
import { inTreeOrder } from '../../src/views/trace.js'

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
