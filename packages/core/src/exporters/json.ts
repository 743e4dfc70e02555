// The text of JSON.stringify, in pieces: what is small is stringified whole, what is large is walked.
import type { PerformanceSnapshot } from '../types/metrics.js'
import type { PerformanceReport } from '../types/report.js'
import type { PerformanceHistory } from '../types/window.js'
import { chunked } from './chunks.js'

const PIECE_NODES = 400 // about one operation with its children: 4 to 10 KiB of text
const STRING_CHARS_PER_NODE = 16 // a long string counts as much as the figures it is as long as

export function exportJson(report: PerformanceReport): Iterable<string> {
  return chunked(jsonPieces(report))
}

export function snapshotJson(snapshot: PerformanceSnapshot): Iterable<string> {
  return chunked(jsonPieces(snapshot))
}

export function historyJson(history: PerformanceHistory): Iterable<string> {
  return chunked(jsonPieces(history))
}

/** Any plain data, as JSON.stringify would write it. */
export function jsonPieces(value: unknown): Generator<string, void, undefined> {
  return pieces(value, new Map())
}

/** Keys of large objects. Listing ten thousand keys takes 1.2 ms, and an object is looked at from each level above it. */
type LargeKeys = Map<object, string[]>

function* pieces(value: unknown, large: LargeKeys): Generator<string, void, undefined> {
  if (!isContainer(value) || weigh(value, PIECE_NODES, large) > 0) yield JSON.stringify(value) ?? 'null'
  else if (Array.isArray(value)) yield* arrayPieces(value, large)
  else yield* objectPieces(value as Record<string, unknown>, large)
}

function* arrayPieces(values: readonly unknown[], large: LargeKeys): Generator<string, void, undefined> {
  yield '['
  // columns of history are long arrays of numbers: many of them to one piece
  for (let start = 0; start < values.length; ) {
    let end = start
    for (let left = PIECE_NODES; end < values.length; end++) {
      left = weigh(values[end], left - 1, large)
      if (left <= 0) break
    }
    if (end === start) end++ // one that is too large for a piece is walked by itself
    if (start > 0) yield ','
    if (end - start > 1) yield JSON.stringify(values.slice(start, end)).slice(1, -1)
    else yield* pieces(values[start], large)
    start = end
  }
  yield ']'
}

function* objectPieces(object: Record<string, unknown>, large: LargeKeys): Generator<string, void, undefined> {
  let separator = '{'
  for (const key of keysOf(object, large)) {
    const value = object[key] // not Object.entries: its look-ups alone take 4 ms for ten thousand operations
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue
    yield `${separator}${JSON.stringify(key)}:`
    yield* pieces(value, large)
    separator = ','
  }
  yield separator === '{' ? '{}' : '}'
}

/** What is left of `budget` nodes after `value`; 0 or less when it is larger. Looks at no more than `budget` nodes. */
function weigh(value: unknown, budget: number, large: LargeKeys): number {
  if (typeof value === 'string') return budget - value.length / STRING_CHARS_PER_NODE
  if (!isContainer(value)) return budget
  let left = budget
  if (Array.isArray(value)) {
    if (value.length > budget) return 0
    for (const item of value) {
      left = weigh(item, left - 1, large)
      if (left <= 0) return left
    }
    return left
  }
  const keys = keysOf(value, large)
  if (keys.length > budget) return 0
  for (const key of keys) {
    const inner = (value as Record<string, unknown>)[key]
    left = weigh(inner, left - 1 - key.length / STRING_CHARS_PER_NODE, large)
    if (left <= 0) return left
  }
  return left
}

function keysOf(object: object, large: LargeKeys): string[] {
  let keys = large.get(object)
  if (keys === undefined) {
    keys = Object.keys(object)
    if (keys.length > PIECE_NODES) large.set(object, keys)
  }
  return keys
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !('toJSON' in value && typeof value.toJSON === 'function')
}
