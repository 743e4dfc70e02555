import { describe, expect, it } from 'vitest'
import { exportJson, historyJson, jsonPieces, snapshotJson } from '../../src/exporters/json.js'
import { exporterContract } from './contract.js'
import { history, operationHistory, snapshot } from './reports.js'

exporterContract('exportJson', {
  run: ({ report }) => exportJson(report),
  check: (text, { report }) => expect(text === JSON.stringify(report)).toBe(true),
})

exporterContract('snapshotJson', {
  run: ({ report }) => snapshotJson(report.snapshot),
  check: (text, { report }) => expect(text === JSON.stringify(report.snapshot)).toBe(true),
})

exporterContract('historyJson', {
  run: (input) => historyJson(input.history),
  check: (text, input) => expect(text === JSON.stringify(input.history)).toBe(true),
})

describe('jsonPieces', () => {
  it.each([
    ['a date', { at: new Date(0) }],
    ['undefined and functions', { a: undefined, b: () => 1, c: [undefined, () => 1], d: Symbol('x') }],
    ['not finite', [Number.NaN, Number.POSITIVE_INFINITY, -0]],
    ['empty containers', { a: {}, b: [] }],
    ['an empty array', []],
    ['undefined itself', undefined],
  ])('writes %s as JSON.stringify does', (_name, value) => {
    expect([...jsonPieces(value)].join('')).toBe(JSON.stringify(value) ?? 'null')
  })

  it.each([
    [
      'a large object of such',
      (small: unknown) => Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k${i}`, small])),
    ],
    ['a large array of such', (small: unknown) => Array.from({ length: 900 }, () => small)],
    ['small ones before a large one', (small: unknown) => [1, small, Array.from({ length: 900 }, () => small), small]],
  ])('walks %s and stays equal', (_name, wrap) => {
    for (const small of [{ a: undefined }, undefined, null, 'text', [1, [2]], { at: new Date(0) }, Number.NaN]) {
      const value = wrap(small)
      const pieces = [...jsonPieces(value)]
      expect(pieces.join('')).toBe(JSON.stringify(value))
    }
  })

  it('cuts long columns: no piece is longer than a few KiB', () => {
    const long = history({ http: { 'GET /': operationHistory(20_000) } }, 20_000)
    const pieces = [...jsonPieces(long)]
    expect(pieces.join('')).toBe(JSON.stringify(long))
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(16 * 1024)
  })

  it('keeps an operation named __proto__', () => {
    const named = snapshot()
    named.componentMetrics = JSON.parse('{"http":{"operationBreakdown":{"__proto__":{"count":1}}}}')
    expect([...snapshotJson(named)].join('')).toContain('"__proto__":{"count":1}')
  })
})
