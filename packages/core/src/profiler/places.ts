// A profile by the app's own lines: whatever a line calls, in Node or in a dependency, is its time.
import { type Frame, ownerOf } from '../inspect/frames.js'
import type { Sources } from '../inspect/sources.js'
import type { SourceLocation } from '../types/findings.js'
import { type CallFrame, keyOf, type TreeNode } from './reduce.js'

const MAX_PLACES = 50
const MAX_STACK = 12
const MAX_SHARES = 10 // operations of one place
// Wrappers without the name under which they are called, e.g. those of zlib
const WRAPPERS: Readonly<Record<string, RegExp>> = {
  syncBufferWrapper: /[\w$]+Sync/,
  zlibBufferSync: /[\w$]+Sync/,
}

/** `operations`: by the number of the operation. */
export interface RawPlace {
  location: SourceLocation
  api: string | null
  self: number
  stack: SourceLocation[]
  operations: [number: number, self: number][]
}

export interface PlaceReader {
  sources: Sources
  /** What will be asked for. */
  learn: (frames: readonly Frame[]) => void
  locate: (at: Frame) => SourceLocation
}

interface Group {
  frame: CallFrame
  api: string | null
  /** A frame of Node's, so the line of the call is not among the samples of the function itself. */
  isCall: boolean
  /** What the function called on the way, where it was no function of Node's. */
  callees: Map<string, number>
  self: number
  lines: Map<number, number>
  operations: Map<number, number>
  /** Of the path that took most. */
  callers: CallFrame[]
  callersSelf: number
}

/** Where on a path the app's own code is left. */
interface Step {
  node: TreeNode
  place: TreeNode | null
  owner: 'app' | 'dependency' | null
  api: string | null
  callee: string | null
}

/** By function and Node's API called from it, the most first. Garbage collection and what no code of the app led to are left out. */
export function placesOf(root: TreeNode, reader: PlaceReader): RawPlace[] {
  const groups = new Map<string, Group>()
  const path: { step: Step; next: number }[] = []
  path.push({ step: { node: root, place: null, owner: null, api: null, callee: null }, next: 0 })
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const child = top.step.node.children[top.next++]
    if (child === undefined) {
      path.pop()
      continue
    }
    const step = stepInto(top.step, child)
    path.push({ step, next: 0 })
    if (child.self > 0 && step.place !== null) {
      addTo(groups, step, {
        reader,
        callers: () =>
          callersOf(
            path.map((each) => each.step.node),
            step,
          ),
      })
    }
  }
  const found = [...groups.values()]
    .sort((a, b) => b.self - a.self)
    .slice(0, MAX_PLACES)
    .map((group) => ({ group, ...spotOf(group, reader) }))
  reader.learn(found.flatMap(({ group, at }) => [at, ...group.callers.map(frameOf)]))
  return found.map(({ group, at, api }) => ({
    location: reader.locate(at),
    api,
    self: group.self,
    stack: group.callers.map((caller) => reader.locate(frameOf(caller))),
    operations: [...group.operations].sort((a, b) => b[1] - a[1]).slice(0, MAX_SHARES),
  }))
}

function stepInto({ place, owner, api, callee }: Step, node: TreeNode): Step {
  const { url, functionName } = node.frame
  const own = ownerOf(url)
  if (own === 'app') return { node, place: node, owner: 'app', api: null, callee: null }
  if (own === 'dependency') {
    if (owner === 'app') return { node, place, owner, api, callee: callee ?? functionName }
    return { node, place: node, owner: 'dependency', api: null, callee: null }
  }
  const isNative = url.startsWith('node:') || (url === '' && !functionName.startsWith('('))
  return { node, place, owner, api: api ?? (place !== null && isNative && functionName ? functionName : null), callee }
}

/** Time of its own on a line that calls a builtin of V8 is that builtin's: it has no frame. */
function addTo(
  groups: Map<string, Group>,
  { node, place, api, callee }: Step,
  { reader, callers }: { reader: PlaceReader; callers: () => CallFrame[] },
): void {
  const { frame } = place as TreeNode
  const add = (name: string | null, share: number, lines: TreeNode['lines']) => {
    const key = `${keyOf(frame)} ${name ?? ''}`
    let group = groups.get(key)
    if (group === undefined) {
      group = {
        ...{ frame, api: name, isCall: api !== null, callees: new Map(), self: 0, lines: new Map() },
        ...{ operations: new Map(), callers: [], callersSelf: 0 },
      }
      groups.set(key, group)
    }
    const self = node.self * share
    group.self += self
    for (const { line, ticks } of lines) increase(group.lines, line, ticks)
    for (const [operation, ms] of node.operations) increase(group.operations, operation, ms * share)
    if (callee !== null) increase(group.callees, callee, self)
    if (self > group.callersSelf) {
      group.callersSelf = self
      group.callers = callers()
    }
  }
  if (node !== place) {
    add(api, 1, [])
    return
  }
  const byBuiltin = new Map<string | null, { line: number; ticks: number }[]>()
  let all = 0
  for (const tick of node.lines) {
    const builtin = reader.sources.builtinAt(frame.url, tick.line)
    const known = byBuiltin.get(builtin)
    if (known === undefined) byBuiltin.set(builtin, [tick])
    else known.push(tick)
    all += tick.ticks
  }
  if (all === 0) add(null, 1, [])
  for (const [builtin, lines] of byBuiltin) {
    const ticks = lines.reduce((sum, each) => sum + each.ticks, 0)
    if (ticks > 0) add(builtin, ticks / all, lines)
  }
}

function spotOf(group: Group, reader: PlaceReader): { at: Frame; api: string | null } {
  const { frame } = group
  const { api, line } = called(group, reader)
  const begins = beginOf(frame)
  const column = line === begins.line ? begins.column : reader.sources.columnOf(frame.url, line)
  return { at: { function: frame.functionName || null, url: frame.url, line, column: column ?? 1 }, api }
}

function frameOf(caller: CallFrame): Frame {
  return { function: caller.functionName || null, url: caller.url, ...beginOf(caller) }
}

/** The line with the most samples; for a call that has none, the one on which it is written; otherwise where the function begins. */
function called(
  { frame, api, isCall, callees, lines }: Group,
  { sources }: PlaceReader,
): Pick<RawPlace, 'api'> & { line: number } {
  const begins = beginOf(frame)
  const [line] = largest(lines) ?? [begins.line]
  if (lines.size > 0) return { api, line }
  const callee = isCall && callees.size === 0 ? api : (largest(callees)?.[0] ?? null)
  if (callee === null || callee === '') return { api, line }
  const name = callee.split('.').at(-1) as string
  const wrapped = WRAPPERS[callee]
  const call = sources.callIn(frame.url, begins, wrapped ?? new RegExp(escaped(name)))
  if (call === null) return { api, line }
  return { api: wrapped === undefined ? api : call.name, line: call.line }
}

/** A module's own code begins nowhere: V8 says -1. */
function beginOf({ lineNumber, columnNumber }: CallFrame): { line: number; column: number } {
  return { line: Math.max(0, lineNumber) + 1, column: Math.max(0, columnNumber) + 1 }
}

/** Innermost first, without the place itself. */
function callersOf(path: TreeNode[], { place }: Step): CallFrame[] {
  return path
    .slice(0, path.indexOf(place as TreeNode))
    .map(({ frame }) => frame)
    .filter(({ url }) => ownerOf(url) !== 'other')
    .reverse()
    .slice(0, MAX_STACK)
}

function increase<K>(sums: Map<K, number>, key: K, by: number): void {
  sums.set(key, (sums.get(key) ?? 0) + by)
}

function largest<K>(sums: Map<K, number>): [K, number] | null {
  let found: [K, number] | null = null
  for (const entry of sums) if (found === null || entry[1] > found[1]) found = entry
  return found
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
