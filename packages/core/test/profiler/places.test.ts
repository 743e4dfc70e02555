import { describe, expect, test } from 'vitest'
import type { Sources } from '../../src/inspect/sources.js'
import { placesOf } from '../../src/profiler/places.js'
import type { TreeNode } from '../../src/profiler/reduce.js'

const APP = 'file:///srv/app/a.js'
const DEPENDENCY = 'file:///srv/app/node_modules/lib/i.js'

interface More {
  url?: string
  line?: number
  lines?: [line: number, ticks: number][]
  operations?: [number, number][]
}

function node(functionName: string, self: number, children: TreeNode[] = [], more: More = {}): TreeNode {
  const { url = '', line = 1, lines = [], operations = [] } = more
  return {
    frame: { functionName, scriptId: '1', url, lineNumber: line - 1, columnNumber: 0 },
    ...{ self, children, lines: lines.map(([at, ticks]) => ({ line: at, ticks })), operations: new Map(operations) },
  }
}
const app = (name: string, self: number, children: TreeNode[] = [], more: More = {}) =>
  node(name, self, children, { url: APP, ...more })
const root = (...children: TreeNode[]) => node('(root)', 0, children)

const builtins: Record<number, string> = { 7: 'JSON.parse' }
const calls: Record<string, number> = { readFileSync: 3, render: 5 }
const sources = {
  columnOf: () => 9,
  builtinAt: (_: string, line: number) => builtins[line] ?? null,
  callIn: (_: string, __: unknown, name: RegExp) =>
    name.test('gzipSync')
      ? { name: 'gzipSync', line: 4 }
      : calls[name.source] === undefined
        ? null
        : { name: name.source, line: calls[name.source] as number },
} as unknown as Sources
const places = (tree: TreeNode) => {
  const learnt = new Set<string>()
  return placesOf(tree, {
    sources,
    learn: (frames) => {
      for (const { url, line, column } of frames) learnt.add(`${url}:${line}:${column}`)
    },
    locate: ({ url, line, column, function: name }) => {
      expect(learnt).toContain(`${url}:${line}:${column}`) // one by one would read the file again for each
      return { file: url.split('/').at(-1) ?? '', ...{ line, column, function: name } }
    },
  })
}
const shown = (tree: TreeNode) =>
  places(tree).map(({ location: { file, line, function: name }, api, self }) => [file, line, name, api, self])

test('JavaScript of its own: the line with the most samples, for the function as a whole', () => {
  const hot = app('hot', 50, [], {
    ...{
      line: 10,
      lines: [
        [12, 3],
        [13, 40],
        [14, 2],
      ],
      operations: [
        [1, 45],
        [2, 5],
      ],
    },
  })
  const [place] = places(root(app('handler', 1, [hot, node('(anonymous)', 3, [], { url: 'node:timers' })])))
  expect(place).toEqual({
    ...{ location: { file: 'a.js', line: 13, column: 9, function: 'hot' }, api: null, self: 50 },
    stack: [{ file: 'a.js', line: 1, column: 1, function: 'handler' }],
    operations: [
      [1, 45],
      [2, 5],
    ],
  })
})

describe("Node's function that took the time", () => {
  test('is the first that the app calls, on the line where it is written', () => {
    const read = node('readFileSync', 2, [node('readSync', 1, [node('read', 30)], { url: 'node:fs' })], {
      url: 'node:fs',
    })
    expect(shown(root(app('load', 4, [read])))).toEqual([
      ['a.js', 3, 'load', 'readFileSync', 33],
      ['a.js', 1, 'load', null, 4],
    ])
  })

  test('through a dependency too, and then the line is that of the call to the dependency', () => {
    const read = node('readFileSync', 20, [], { url: 'node:fs' })
    expect(shown(root(app('page', 0, [node('render', 1, [read], { url: DEPENDENCY })])))).toEqual([
      ['a.js', 5, 'page', 'readFileSync', 20],
      ['a.js', 5, 'page', null, 1],
    ])
  })

  test('has the name of its call where the frame is a wrapper of many', () => {
    const gzip = node('syncBufferWrapper', 20, [], { url: 'node:zlib' })
    expect(shown(root(app('pack', 0, [gzip])))).toEqual([['a.js', 4, 'pack', 'gzipSync', 20]])
  })

  test('may be a builtin of V8, whose time is that of its line', () => {
    const parse = app('parse', 40, [], {
      lines: [
        [6, 1],
        [7, 3],
      ],
      operations: [[1, 40]],
    })
    expect(places(root(parse))).toMatchObject([
      { location: { line: 7 }, api: 'JSON.parse', self: 30, operations: [[1, 30]] },
      { location: { line: 6 }, api: null, self: 10 },
    ])
  })
})

test('the innermost frame of the app counts, above and below that of dependencies', () => {
  const inner = app('callback', 8, [node('(program)', 1)], { line: 20 })
  const each = node('each', 2, [inner], { url: DEPENDENCY })
  expect(shown(root(node('emit', 1, [app('outer', 0, [each])], { url: 'node:events' })))).toEqual([
    ['a.js', 20, 'callback', null, 9],
    ['a.js', 1, 'outer', null, 2],
  ])
})

test("without a frame of the app a dependency's; without that, and for garbage collection, none", () => {
  const tree = root(
    node('parse', 5, [node('push', 2, [], { url: 'node:stream' })], { url: DEPENDENCY, line: 30 }),
    ...[node('(garbage collector)', 50), node('(program)', 9), node('listOnTimeout', 7, [], { url: 'node:timers' })],
  )
  expect(shown(tree)).toEqual([
    ['i.js', 30, 'parse', null, 5],
    ['i.js', 30, 'parse', 'push', 2],
  ])
})

test('paths to one function are added up; the callers are those of the longest', () => {
  const hot = (self: number) => app('hot', self, [], { line: 10 })
  const [place] = places(root(app('a', 0, [hot(5)], { line: 2 }), app('b', 0, [hot(9)], { line: 3 })))
  expect(place).toMatchObject({ self: 14, stack: [{ function: 'b' }] })
})

test('places and stacks are bounded, at any depth', () => {
  let tree = app('leaf', 1, [], { line: 9 })
  for (let i = 0; i < 20_000; i++) tree = app(`f${i % 500}`, 1, [tree], { line: 100 + (i % 500) })
  const found = places(root(tree))
  expect(found).toHaveLength(50)
  expect(found[0]?.stack.length).toBeLessThanOrEqual(12)
})

test("a module's own code, which V8 begins nowhere, is on its first line", () => {
  const read = node('readdirSync', 20, [], { url: 'node:fs' })
  expect(shown(root(app('', 0, [read], { line: 0 })))).toEqual([['a.js', 1, null, 'readdirSync', 20]])
})
