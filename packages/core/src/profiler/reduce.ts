// A profile's tree, and its functions: what each took itself, and with all that it called.
import type { SourceLocation } from '../types/findings.js'
import type { ProfileFunction } from '../types/metrics.js'

const MAX_FUNCTIONS = 50 // of the most by self, and as many by total
const IDLE = '(idle)'
const ROOT = '(root)'

/** Lines and columns count from 0. */
export interface CallFrame {
  functionName: string
  scriptId: string
  url: string
  lineNumber: number
  columnNumber: number
}

/** Samples of a line of a function itself; counts from 1. */
export interface LineTicks {
  line: number
  ticks: number
}

export interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame; children?: number[]; positionTicks?: LineTicks[] }[]
  startTime: number
  endTime: number
  samples?: number[]
  /** Microseconds since the sample before. */
  timeDeltas?: number[]
}

export interface HeapNode {
  callFrame: CallFrame
  selfSize: number
  children: HeapNode[]
}

export interface TreeNode {
  readonly frame: CallFrame
  self: number
  readonly children: TreeNode[]
  /** Empty in a heap profile. */
  readonly lines: readonly LineTicks[]
  /** `self` by the number of the operation that ran; empty where that was not observed. */
  readonly operations: Map<number, number>
}

export interface Reduced {
  total: number
  functions: ProfileFunction[]
}

type Locate = (frame: CallFrame) => SourceLocation | null

/** In ms, without idle time. A sample's time is that until the next one. */
export function cpuTree(
  { nodes, samples = [], timeDeltas = [], endTime, startTime }: CpuProfile,
  operationAt: ((timeUs: number) => number) | null = null,
): TreeNode | null {
  const tree = new Map<number, TreeNode>()
  for (const { id, callFrame, positionTicks = [] } of nodes) tree.set(id, newNode(callFrame, positionTicks))
  for (const { id, children = [] } of nodes) {
    const node = tree.get(id)
    for (const child of children) {
      const childNode = tree.get(child)
      if (childNode !== undefined) node?.children.push(childNode)
    }
  }
  let at = startTime
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0
    const next = index + 1 < samples.length ? (timeDeltas[index + 1] ?? 0) : endTime - at
    const node = tree.get(id)
    if (node === undefined || node.frame.functionName === IDLE) continue
    const ms = Math.max(0, next) / 1000 // Node 20 can report a sample as older than the one before
    node.self += ms
    if (operationAt === null) continue
    const operation = operationAt(at)
    node.operations.set(operation, (node.operations.get(operation) ?? 0) + ms)
  }
  return nodes[0] === undefined ? null : (tree.get(nodes[0].id) ?? null)
}

/** In bytes. */
export function heapTree(head: HeapNode): TreeNode {
  const root = { ...newNode(head.callFrame), self: head.selfSize }
  const open = [{ node: root, children: head.children }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const child of next.children) {
      const node = { ...newNode(child.callFrame), self: child.selfSize }
      next.node.children.push(node)
      open.push({ node, children: child.children })
    }
  }
  return root
}

function newNode(frame: CallFrame, lines: readonly LineTicks[] = []): TreeNode {
  return { frame, self: 0, children: [], lines, operations: new Map() }
}

interface Sums {
  frame: CallFrame
  self: number
  total: number
  /** How often it is on the path that is walked: a function that calls itself counts once. */
  depth: number
}

export function reduce(root: TreeNode, locate: Locate): Reduced {
  const functions = new Map<string, Sums>()
  const sumsOf = ({ frame }: TreeNode) => {
    const key = keyOf(frame)
    let sums = functions.get(key)
    if (sums === undefined) {
      sums = { frame, self: 0, total: 0, depth: 0 }
      functions.set(key, sums)
    }
    return sums
  }
  // by hand: stacks are deeper than this thread's own may be
  const path: { node: TreeNode; sums: Sums; next: number; total: number }[] = []
  const enter = (node: TreeNode) => {
    const sums = sumsOf(node)
    sums.self += node.self
    sums.depth++
    path.push({ node, sums, next: 0, total: node.self })
  }
  let total = 0
  enter(root)
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const child = top.node.children[top.next++]
    if (child !== undefined) {
      enter(child)
      continue
    }
    path.pop()
    if (--top.sums.depth === 0) top.sums.total += top.total
    const parent = path.at(-1)
    if (parent === undefined) total = top.total
    else parent.total += top.total
  }
  const known = [...functions.values()].filter(({ frame, total: all }) => all > 0 && frame.functionName !== ROOT)
  const bySelf = [...known].sort((a, b) => b.self - a.self)
  const byTotal = [...known].sort((a, b) => b.total - a.total)
  const chosen = new Set([...bySelf.slice(0, MAX_FUNCTIONS), ...byTotal.slice(0, MAX_FUNCTIONS)])
  return {
    total,
    functions: bySelf
      .filter((sums) => chosen.has(sums))
      .map((sums) => ({
        function: sums.frame.functionName || '(anonymous)',
        location: locate(sums.frame),
        self: sums.self,
        total: sums.total,
        selfPercent: (sums.self / total) * 100,
        totalPercent: (sums.total / total) * 100,
      })),
  }
}

/** The same for two frames of one function. */
export function keyOf({ scriptId, lineNumber, columnNumber, functionName, url }: CallFrame): string {
  return `${scriptId}:${lineNumber}:${columnNumber}:${functionName}:${url}`
}
