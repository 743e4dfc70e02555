import { expect, test } from 'vitest'
import type { ProbedFrame } from '../../src/inspect/probe.js'
import { correct, type Look, lookOf, withoutLooks } from '../../src/profiler/looks.js'
import type { TreeNode } from '../../src/profiler/reduce.js'

const APP = '/srv/app/a.js'

function node(functionName: string, line: number, self: number, children: TreeNode[] = []): TreeNode {
  return {
    frame: { functionName, scriptId: '1', url: `file://${APP}`, lineNumber: line - 1, columnNumber: 0 },
    ...{ self, children, lines: [], operations: new Map([[1, self]]) },
  }
}
const root = (...children: TreeNode[]): TreeNode => {
  const top = node('(root)', 0, 0, children)
  return { ...top, frame: { ...top.frame, url: '' } }
}
const frame = (name: string, line: number) => ({ name, path: APP, line, column: 1 })
const times = (count: number, look: Look) => Array.from({ length: count }, () => look)
const shown = ({ frame: { functionName, lineNumber }, self, children }: TreeNode): unknown => [
  `${functionName}:${lineNumber + 1}`,
  self,
  ...children.map(shown),
]

test('own time of a caller goes to the function that looks found running in its place', () => {
  const caller = node('handler', 10, 100)
  const tree = root(caller, node('other', 30, 50))
  correct(tree, [
    ...times(7, [frame('hot', 3), frame('handler', 12)]),
    ...times(2, [frame('hot', 4), frame('handler', 12)]),
    ...times(1, [frame('handler', 11)]),
    ...times(9, [frame('other', 31)]),
  ])
  expect(shown(tree)).toEqual(['(root):0', 0, ['handler:10', 10, ['hot:3', 90]], ['other:30', 50]])
  const [hot] = caller.children
  expect(hot?.lines).toEqual([
    { line: 3, ticks: 7 },
    { line: 4, ticks: 2 },
  ])
  expect(caller.operations.get(1)).toBeCloseTo(10)
  expect(hot?.operations.get(1)).toBeCloseTo(90)
})

test('a function that V8 knows keeps its beginning, and what was counted for it', () => {
  const tree = root(node('handler', 10, 80, [node('hot', 2, 10)]), node('hot', 40, 1))
  correct(tree, times(20, [frame('hot', 4), frame('handler', 12)]))
  const handler = tree.children[0] as TreeNode
  expect(shown(handler)).toEqual(['handler:10', 0, ['hot:2', 10], ['hot:2', 80]])
})

test.each<[string, Look[]]>([
  ['too few looks', times(7, [frame('hot', 3), frame('handler', 12)])],
  ['looks that agree', times(50, [frame('handler', 12)])],
  [
    'looks that differ by chance',
    [...times(12, [frame('handler', 12)]), ...times(4, [frame('hot', 3), frame('handler', 12)])],
  ],
  ['looks elsewhere', times(50, [frame('handler', 9)])],
  ['no single function', times(50, [frame('deep', 3), frame('between', 5), frame('handler', 12)])],
])('%s change nothing', (_, looks) => {
  const tree = root(node('handler', 10, 100))
  correct(tree, looks)
  expect(shown(tree)).toEqual(['(root):0', 0, ['handler:10', 100]])
})

test('a look has the frames of the app and its dependencies', () => {
  const frames: ProbedFrame[] = [
    ['look', new URL('../../src/profiler/profiler.ts', import.meta.url).href, 1, 1],
    [null, null, 1, 1],
    [null, `file://${APP}`, 7, 3],
    ['emit', 'node:events', 500, 1],
    ['dispatch', '/srv/app/node_modules/lib/i.js', 9, 2],
  ]
  expect(lookOf(frames)).toEqual([
    { name: '', path: APP, line: 7, column: 3 },
    { name: 'dispatch', path: '/srv/app/node_modules/lib/i.js', line: 9, column: 2 },
  ])
  expect(lookOf(frames.slice(0, 2))).toEqual([])
})

test('what the looks took themselves is taken out', () => {
  const probe = node('value', 20, 9, [node('stringify', 1, 3)])
  const look = { ...probe, frame: { ...probe.frame, url: new URL('../../src/inspect/probe.js', import.meta.url).href } }
  const tree = root(node('hot', 3, 50, [look]))
  withoutLooks(tree)
  expect(shown(tree)).toEqual(['(root):0', 0, ['hot:3', 50, ['value:20', 0, ['stringify:1', 0]]]])
  expect(look.operations.size).toBe(0)
})
