import { expect, test } from 'vitest'
import { type CallFrame, type CpuProfile, cpuTree, type HeapNode, heapTree, reduce } from '../../src/profiler/reduce.js'

const frame = (functionName: string, lineNumber = 0): CallFrame => ({
  ...{
    functionName,
    lineNumber,
    scriptId: '1',
    url: functionName.startsWith('(') ? '' : 'file:///a.js',
    columnNumber: 0,
  },
})
const locate = ({ url, lineNumber, functionName }: CallFrame) =>
  url === '' ? null : { file: 'a.js', line: lineNumber + 1, column: 1, function: functionName }
const reduceCpu = (profile: CpuProfile, place: typeof locate) => {
  const tree = cpuTree(profile)
  return tree === null ? { total: 0, functions: [] } : reduce(tree, place)
}
const reduceHeap = (head: HeapNode, place: typeof locate) => reduce(heapTree(head), place)
const node = (id: number, functionName: string, children: number[] = [], line = id) => ({
  id,
  callFrame: frame(functionName, line),
  children,
})

test("a sample's time is that until the next one; idle time does not count", () => {
  const { total, functions } = reduceCpu(
    {
      nodes: [node(1, '(root)', [2, 5]), node(2, 'outer', [3]), node(3, 'inner'), node(5, '(idle)')],
      startTime: 0,
      endTime: 10_000,
      samples: [2, 3, 5, 3],
      timeDeltas: [1000, 1000, 2000, 4000],
    },
    locate,
  )
  // outer 1 to 2, inner 2 to 4, idle 4 to 8, inner 8 to 10
  expect(total).toBe(5)
  expect(functions).toEqual([
    {
      ...{ function: 'inner', location: { file: 'a.js', line: 4, column: 1, function: 'inner' } },
      ...{ self: 4, total: 4, selfPercent: 80, totalPercent: 80 },
    },
    expect.objectContaining({ function: 'outer', self: 1, total: 5, totalPercent: 100 }),
  ])
})

test('a function that calls itself, directly or not, counts once in total', () => {
  const { functions } = reduceCpu(
    {
      nodes: [
        node(1, '(root)', [2, 6]),
        node(2, 'walk', [3], 7),
        node(3, 'visit', [4]),
        node(4, 'walk', [], 7),
        node(6, 'walk', [], 7),
      ],
      startTime: 0,
      endTime: 4000,
      samples: [2, 3, 4, 6],
      timeDeltas: [0, 1000, 1000, 1000],
    },
    locate,
  )
  expect(functions.map(({ function: name, self, total }) => [name, self, total])).toEqual([
    ['walk', 3, 4],
    ['visit', 1, 2],
  ])
})

test("V8's own parts have no place, unnamed functions are called so", () => {
  const { functions } = reduceCpu(
    {
      nodes: [node(1, '(root)', [2, 3]), node(2, '(garbage collector)'), node(3, '')],
      startTime: 0,
      endTime: 3000,
      samples: [2, 3],
      timeDeltas: [0, 2000],
    },
    locate,
  )
  expect(functions).toMatchObject([
    { function: '(garbage collector)', location: null, self: 2 },
    { function: '(anonymous)', location: { line: 4 }, self: 1 },
  ])
})

test('an empty profile, and one that names nodes it does not have', () => {
  expect(reduceCpu({ nodes: [], startTime: 0, endTime: 0 }, locate)).toEqual({ total: 0, functions: [] })
  const nodes = [node(1, '(root)', [9])]
  expect(reduceCpu({ nodes, startTime: 0, endTime: 5, samples: [7], timeDeltas: [1] }, locate).functions).toEqual([])
})

test('allocations are summed per function, along stacks of any depth', () => {
  let deep: HeapNode = { callFrame: frame('leaf', 9), selfSize: 300, children: [] }
  for (let i = 0; i < 20_000; i++) deep = { callFrame: frame('down', 5), selfSize: 0, children: [deep] }
  const { total, functions } = reduceHeap(
    {
      callFrame: frame('(root)'),
      selfSize: 0,
      children: [deep, { callFrame: frame('leaf', 9), selfSize: 100, children: [] }],
    },
    locate,
  )
  expect(total).toBe(400)
  expect(functions.map(({ function: name, self, total: all }) => [name, self, all])).toEqual([
    ['leaf', 400, 400],
    ['down', 0, 300],
  ])
})

test('the list is bounded, and has the most by total too', () => {
  const nodes = [
    node(1, '(root)', [2]),
    node(
      2,
      'main',
      Array.from({ length: 500 }, (_, i) => 100 + i),
    ),
  ]
  for (let i = 0; i < 500; i++) nodes.push(node(100 + i, `f${i}`))
  const samples = Array.from({ length: 500 }, (_, i) => 100 + i)
  const timeDeltas = samples.map((_, i) => 1000 + i)
  const { functions } = reduceCpu({ nodes, startTime: 0, endTime: 1e6, samples, timeDeltas }, locate)
  expect(functions.length).toBeLessThanOrEqual(100)
  expect(functions.some(({ function: name }) => name === 'main')).toBe(true)
})
