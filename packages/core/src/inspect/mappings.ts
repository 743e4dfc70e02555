// Look-ups in a source map's `mappings`, without keeping them: Node's `SourceMap` holds an object per segment, some 30 MB for
// the map of a large bundle, which the monitor's thread does not have.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const CONTINUES = 32
const VALUE_BITS = 5
const SEMICOLON = 59
const COMMA = 44
const VALUE_OF = new Int8Array(128).fill(-1)
for (let i = 0; i < DIGITS.length; i++) VALUE_OF[DIGITS.charCodeAt(i)] = i

/** All count from 0. */
export interface OriginalPosition {
  source: number
  line: number
  column: number
}

/**
 * The originals of generated positions, in their order: of each that of the last segment of its line that begins at or before it. In one
 * pass, which over the map of a large bundle takes some 10 ms.
 */
export function originalPositions(
  mappings: string,
  wanted: readonly { line: number; column: number }[],
): (OriginalPosition | null)[] {
  const found = wanted.map((): OriginalPosition | null => null)
  const order = [...wanted.entries()].sort(([, a], [, b]) => a.line - b.line || a.column - b.column)
  let next = 0
  /** Of the segment before, on a line that is wanted. */
  let last: OriginalPosition | null = null
  let generatedLine = 0
  let generatedColumn = 0
  let source = 0
  let originalLine = 0
  let originalColumn = 0
  let field = 0
  let value = 0
  let shift = 0
  const settle = (before: number) => {
    for (let due = order[next]; due !== undefined; due = order[++next]) {
      if (due[1].line !== generatedLine || due[1].column >= before) return
      found[due[0]] = last
    }
  }
  // one step past the end closes the last segment
  for (let i = 0; i <= mappings.length && next < order.length; i++) {
    const code = i === mappings.length ? SEMICOLON : mappings.charCodeAt(i)
    if (code !== COMMA && code !== SEMICOLON) {
      const digit = VALUE_OF[code] ?? -1
      if (digit === -1) return found
      value |= (digit & (CONTINUES - 1)) << shift
      shift += VALUE_BITS
      if ((digit & CONTINUES) !== 0) continue
      const delta = (value & 1) === 1 ? -(value >>> 1) : value >>> 1
      if (field === 0) generatedColumn += delta
      else if (field === 1) source += delta
      else if (field === 2) originalLine += delta
      else if (field === 3) originalColumn += delta
      field++
      value = 0
      shift = 0
      continue
    }
    if (field > 0 && generatedLine === order[next]?.[1].line) {
      settle(generatedColumn)
      last = field >= 4 ? { source, line: originalLine, column: originalColumn } : null
    }
    field = 0
    if (code === COMMA) continue
    settle(Number.POSITIVE_INFINITY)
    last = null
    generatedLine++
    generatedColumn = 0
  }
  return found
}
