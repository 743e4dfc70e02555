// V8's samples of a long loop that is optimized while it runs (on-stack replacement) name the function that called it, on Node 22
// and 24 always. Looks into the running stack, taken beside the samples, are exact but few: they say whose the samples are.
import { ownerOf, pathOf } from '../inspect/frames.js'
import type { ProbedFrame } from '../inspect/probe.js'
import { keyOf, type TreeNode } from './reduce.js'

export const PROMPT_MS = 8 // JavaScript answers within 1 or 2 ms; beyond this it was a native call, which V8 counts rightly
const MIN_LOOKS = 8 // fewer prove nothing about a share
const MIN_SHARE = 0.01 // of the profile: smaller functions are not worth it
const MIN_DIFFERENCE = 0.3 // of the function's time; what sampling alone makes differ is half of it at eight looks
const MAX_FRAMES = 12
const PROBE_URL = new URL('../inspect/probe.js', import.meta.url).href

/** Frames of the app and its dependencies, innermost first. */
export type Look = LookFrame[]

interface LookFrame {
  name: string
  path: string
  line: number
  column: number
}

/** Empty where none of the app's code ran. */
export function lookOf(frames: readonly ProbedFrame[]): Look {
  const known: Look = []
  for (const [name, url, line, column] of frames) {
    if (url === null || line === null || column === null || ownerOf(url) === 'other') continue
    known.push({ name: name ?? '', path: pathOf(url), line, column })
    if (known.length === MAX_FRAMES) break
  }
  return known
}

/** Takes out what the looks themselves took: it is none of the app's. */
export function withoutLooks(root: TreeNode): void {
  const open = [{ node: root, isLook: false }]
  for (const { node, isLook } of open) {
    const within = isLook || node.frame.url === PROBE_URL
    if (within) {
      node.self = 0
      node.operations.clear()
    }
    for (const child of node.children) open.push({ node: child, isLook: within })
  }
}

/** Gives own time of a caller to the function that looks found running in its place. */
export function correct(root: TreeNode, looks: readonly Look[]): void {
  const { functions, total } = functionsOf(root)
  for (const caller of functions.values()) {
    if (caller.self < total * MIN_SHARE) continue
    const within = looks.flatMap((look) => {
      const index = look.findIndex((frame) => isOf(caller, frame))
      return index === -1 ? [] : [{ look, index }]
    })
    if (within.length < MIN_LOOKS) continue
    const ownShare = within.filter(({ index }) => index === 0).length / within.length
    if (caller.self / caller.total - ownShare < MIN_DIFFERENCE) continue
    const [most] = grouped(within.flatMap(({ look, index }) => (index === 1 ? [look[0] as LookFrame] : [])))
    if (most === undefined) continue
    moveTo(caller, most, { share: most.frames.length / within.length, functions })
  }
}

interface Sums {
  nodes: TreeNode[]
  self: number
  total: number
  path: string
  name: string
  firstLine: number
}

function functionsOf(root: TreeNode): { functions: Map<string, Sums>; total: number } {
  const functions = new Map<string, Sums>()
  const order = [root]
  for (const node of order) order.push(...node.children)
  const totals = new Map<TreeNode, number>()
  for (const node of order.toReversed()) {
    const all = node.children.reduce((sum, child) => sum + (totals.get(child) ?? 0), node.self)
    totals.set(node, all)
    const { url, functionName: name, lineNumber } = node.frame
    if (ownerOf(url) === 'other') continue
    const key = keyOf(node.frame)
    let sums = functions.get(key)
    if (sums === undefined) {
      sums = { nodes: [], self: 0, total: 0, path: pathOf(url), name, firstLine: lineNumber + 1 }
      functions.set(key, sums)
    }
    sums.nodes.push(node)
    sums.self += node.self
    sums.total += all
  }
  return { functions, total: totals.get(root) ?? 0 }
}

function isOf({ name, path, firstLine }: Sums, frame: LookFrame): boolean {
  return frame.name === name && frame.path === path && frame.line >= firstLine
}

/** By function, the most seen first. */
function grouped(frames: LookFrame[]): { name: string; path: string; frames: LookFrame[] }[] {
  const groups = new Map<string, { name: string; path: string; frames: LookFrame[] }>()
  for (const frame of frames) {
    const key = `${frame.path} ${frame.name}`
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { name: frame.name, path: frame.path, frames: [frame] })
    else known.frames.push(frame)
  }
  return [...groups.values()].sort((a, b) => b.frames.length - a.frames.length)
}

function moveTo(
  caller: Sums,
  { name, path, frames }: { name: string; path: string; frames: LookFrame[] },
  { share, functions }: { share: number; functions: Map<string, Sums> },
): void {
  const firstLine = Math.min(...frames.map(({ line }) => line))
  // the function as V8 knows it, if it does: of several of that name the one that begins last before the line
  const known = [...functions.values()]
    .filter((each) => each !== caller && each.name === name && each.path === path && each.firstLine <= firstLine)
    .sort((a, b) => b.firstLine - a.firstLine)[0]
  const ofCaller = known?.nodes.filter((node) => caller.nodes.some(({ children }) => children.includes(node))) ?? []
  const counted = ofCaller.reduce((sum, node) => sum + node.self, 0)
  const ratio = Math.min(1, Math.max(0, share * caller.total - counted) / caller.self)
  const lines = new Map<number, number>()
  for (const { line } of frames) lines.set(line, (lines.get(line) ?? 0) + 1)
  const ticks = [...lines].map(([line, count]) => ({ line, ticks: count }))
  for (const node of caller.nodes) {
    if (node.self === 0) continue
    const frame = known?.nodes[0]?.frame ?? {
      ...node.frame,
      ...{ functionName: name, lineNumber: firstLine - 1, columnNumber: 0 },
    }
    const moved: TreeNode = { frame, self: node.self * ratio, children: [], lines: ticks, operations: new Map() }
    for (const [operation, self] of node.operations) {
      moved.operations.set(operation, self * ratio)
      node.operations.set(operation, self * (1 - ratio))
    }
    node.self -= moved.self
    node.children.push(moved)
  }
}
