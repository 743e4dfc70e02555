import { expect, test } from 'vitest'
import { flameOf } from '../../src/profiler/flame.js'
import { type HeapNode, heapTree } from '../../src/profiler/reduce.js'
import type { FlameNode } from '../../src/types/metrics.js'

const heap = (functionName: string, selfSize: number, children: HeapNode[] = [], url = 'file:///a.js'): HeapNode => ({
  callFrame: { functionName, scriptId: '1', url, lineNumber: 4, columnNumber: 0 },
  ...{ selfSize, children },
})
const flame = (root: HeapNode) =>
  flameOf(heapTree(root), ({ functionName, lineNumber }) =>
    functionName === '(root)' ? null : { file: 'a.js', line: lineNumber + 1, column: 1, function: functionName },
  )
const count = (node: FlameNode): number => node.children.reduce((sum, child) => sum + count(child), 1)

test('children with the most first; what is below a thousandth is merged', () => {
  const small = Array.from({ length: 30 }, (_, i) => heap(`s${i}`, 0.5))
  expect(flame(heap('(root)', 0, [heap('one', 100, small), heap('', 900), heap('none', 0)], ''))).toEqual({
    ...{ name: '(root)', file: null, line: null, owner: 'other', self: 0, total: 1015 },
    children: [
      { name: '(anonymous)', file: 'a.js', line: 5, owner: 'app', self: 900, total: 900, children: [] },
      {
        ...{ name: 'one', file: 'a.js', line: 5, owner: 'app', self: 100, total: 115 },
        children: [{ name: '(other)', file: null, line: null, owner: 'other', self: 15, total: 15, children: [] }],
      },
    ],
  })
})

test('it is bounded in nodes and depth, and nothing of the total is lost', () => {
  let deep = heap('leaf', 5000)
  for (let i = 0; i < 20_000; i++) deep = heap('down', 0, [deep])
  const wide = Array.from({ length: 900 }, (_, i) =>
    heap(
      `w${i}`,
      1,
      Array.from({ length: 8 }, () => heap('x', 10)),
    ),
  )
  const result = flame(heap('(root)', 0, [deep, ...wide]))
  expect(count(result)).toBeLessThanOrEqual(5001)
  expect(result.total).toBe(5000 + 900 + 72_000)
  const selfOf = (node: FlameNode): number => node.children.reduce((sum, child) => sum + selfOf(child), node.self)
  expect(selfOf(result)).toBe(result.total)
  expect(() => JSON.stringify(result)).not.toThrow()
})

test('each says whose code it is: the monitor is none of the app', () => {
  const own = new URL('../../src/tracker/tracker.ts', import.meta.url).href
  const urls = ['file:///srv/app/a.js', 'file:///srv/app/node_modules/x/i.js', 'node:fs', own]
  const { children } = flame(
    heap(
      '(root)',
      0,
      urls.map((url, i) => heap(`f${i}`, 10 - i, [], url)),
    ),
  )
  expect(children.map(({ owner }) => owner)).toEqual(['app', 'dependency', 'other', 'other'])
})
