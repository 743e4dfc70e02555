// The spans of a request as rows: in the order of the tree, the same call many times in a row as one, and in a crowd wherever it stands.
import type { TraceSpan } from '../../../core/src/types/traces.js'

const MIN_REPEATS = 4 // fewer are read as quickly one by one
const MAX_ROWS = 40 // two screens; queries in loops within loops alternate by the hundred

export interface TraceRow {
  span: TraceSpan
  depth: number
  index: number
  /** The same call from the same line, this one first; empty for a row of its own. */
  repeats: readonly TraceRow[]
}

/** Each span after its parent, siblings by their start. */
export function inTreeOrder(spans: readonly TraceSpan[]): TraceRow[] {
  const children = new Map<number | null, number[]>()
  for (const [index, { parent }] of spans.entries()) {
    const known = parent !== null && parent !== index && spans[parent] !== undefined ? parent : null
    const siblings = children.get(known)
    if (siblings === undefined) children.set(known, [index])
    else siblings.push(index)
  }
  const rows: TraceRow[] = []
  const open = [...(children.get(null) ?? [])].reverse().map((index) => ({ index, depth: 0 }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { index, depth } = next
    rows.push({ span: spans[index] as TraceSpan, depth, index, repeats: [] })
    for (const child of [...(children.get(index) ?? [])].reverse()) open.push({ index: child, depth: depth + 1 })
  }
  return rows
}

/** Calls that are the same with the same end, and called nothing themselves: neighbours, or all of one caller where they are many. */
export function foldRepeats(rows: readonly TraceRow[]): TraceRow[] {
  const folded = foldNeighbours(rows)
  return folded.length > MAX_ROWS ? foldSiblings(rows) : folded
}

function foldSiblings(rows: readonly TraceRow[]): TraceRow[] {
  const callers = new Set(rows.map(({ span }) => span.parent))
  const groups = new Map<string, TraceRow[]>()
  const groupOf = new Map<TraceRow, TraceRow[]>()
  for (const row of rows) {
    if (callers.has(row.index)) continue
    const { parent, component, operation, success, site } = row.span
    const key = JSON.stringify([parent, component, operation, success, site?.file, site?.line])
    const group = groups.get(key) ?? []
    group.push(row)
    groups.set(key, group)
    groupOf.set(row, group)
  }
  return rows.flatMap((row) => {
    const group = groupOf.get(row)
    if (group === undefined || group.length < MIN_REPEATS) return row
    return group[0] === row ? { ...row, repeats: group } : []
  })
}

function foldNeighbours(rows: readonly TraceRow[]): TraceRow[] {
  const folded: TraceRow[] = []
  for (let at = 0; at < rows.length; ) {
    const row = rows[at] as TraceRow
    let end = at + 1
    while (end < rows.length && isSameCall(row, rows[end] as TraceRow)) end++
    // what has rows below it is their heading
    if ((rows[end]?.depth ?? 0) > row.depth) end--
    const repeats = rows.slice(at, end)
    if (repeats.length >= MIN_REPEATS) folded.push({ ...row, repeats })
    else folded.push(...(repeats.length > 0 ? repeats : [row]))
    at = Math.max(end, at + 1)
  }
  return folded
}

function isSameCall(a: TraceRow, b: TraceRow): boolean {
  return (
    a.depth === b.depth &&
    a.span.component === b.span.component &&
    a.span.operation === b.span.operation &&
    a.span.success === b.span.success &&
    a.span.site?.file === b.span.site?.file &&
    a.span.site?.line === b.span.site?.line
  )
}
