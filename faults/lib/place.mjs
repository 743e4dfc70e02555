// Whether a finding's place is the right one: within three lines of a line that carries the marker, or in the same function.
import { readFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'

const NEAR_LINES = 3
const OPENS_FUNCTION =
  /(\bfunction\b|=>\s*\{$|^\s*(?:async\s+|static\s+|get\s+|set\s+|\*\s*)*#?[\w$]+\s*\([^()]*\)\s*\{$)/
const OPENS_OTHER = /^\s*(?:\}\s*)?(?:if|for|while|switch|catch|else|do|try|with)\b/

/** @param {{ location: { file: string, line: number } | null, folder: string, root: string, file: string, marker: string }} of */
export function isRightPlace({ location, folder, root, file, marker }) {
  if (location === null) return false
  const wanted = join(folder, file)
  const given = isAbsolute(location.file)
    ? [location.file]
    : [resolve(root, location.file), resolve(folder, location.file)]
  if (!given.includes(wanted)) return false
  const lines = readFileSync(wanted, 'utf8').split('\n')
  return markedLines(lines, marker).some((line) => {
    if (Math.abs(location.line - line) <= NEAR_LINES) return true
    const extent = enclosingFunction(lines, line)
    return extent !== null && location.line >= extent.from && location.line <= extent.to
  })
}

/** Numbers of the lines with the marker, from 1 on. */
export function markedLines(lines, marker) {
  return lines.flatMap((line, index) => (line.includes(marker) ? [index + 1] : []))
}

/** The innermost function around a line, by indentation: all sources here are formatted. `null` at the top level. */
export function enclosingFunction(lines, number) {
  let indent = indentOf(lines[number - 1])
  for (let index = number - 2; index >= 0; index--) {
    const line = lines[index]
    if (line.trim() === '' || indentOf(line) >= indent) continue
    indent = indentOf(line)
    if (!line.trimEnd().endsWith('{') || OPENS_OTHER.test(line) || !OPENS_FUNCTION.test(line.trimEnd())) continue
    const length = lines.slice(index + 1).findIndex((each) => indentOf(each) === indent && each.trim().startsWith('}'))
    return { from: index + 1, to: length === -1 ? lines.length : index + length + 2 }
  }
  return null
}

function indentOf(line) {
  return line.length - line.trimStart().length
}
