// The lines around a place, for who reads a finding without the repository at hand.
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { appRoot } from '../inspect/app-root.js'
import type { PerformanceBottleneck, SourceExcerpt, SourceLocation } from '../types/findings.js'

const LINES_AROUND = 3 // seven in all: a statement with what it stands in
const MAX_LINE_LENGTH = 200
const MAX_FILE_BYTES = 1024 * 1024 // bundles: their lines tell nobody anything, and reading them takes long
const MAX_EXCERPTS = 20 // nobody reads the 21st finding

/** Files are read anew: a deployment may have changed them, and reports are rare. One after another: twenty at once are one block. */
export async function withExcerpts(
  bottlenecks: readonly PerformanceBottleneck[],
  root = appRoot(),
): Promise<PerformanceBottleneck[]> {
  const shown: PerformanceBottleneck[] = []
  for (const [index, bottleneck] of bottlenecks.entries()) {
    const { location } = bottleneck
    const source = location === null || index >= MAX_EXCERPTS ? null : await excerpt(location, root)
    shown.push(source === null ? bottleneck : { ...bottleneck, source })
  }
  return shown
}

/** `null` where the file is not the app's, cannot be read, or has no such line. */
export async function excerpt({ file, line }: SourceLocation, root: string): Promise<SourceExcerpt | null> {
  const path = resolve(root, file)
  const inside = relative(root, path)
  if (inside.startsWith('..') || isAbsolute(inside)) return null
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) return null
    const firstLine = Math.max(1, line - LINES_AROUND)
    const lines = linesOf(await readFile(path, 'utf8'), firstLine, line + LINES_AROUND)
    return line < 1 || line > firstLine + lines.length - 1 ? null : { firstLine, lines }
  } catch {
    return null // mapped to a source that was not deployed
  }
}

/** Lines `first` to `last`, as far as there are any. Splitting a megabyte into all of its lines takes 10 ms, looking for the few 1. */
function linesOf(text: string, first: number, last: number): string[] {
  const lines: string[] = []
  let start = 0
  for (let number = 1; number <= last && start <= text.length; number++) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    if (number >= first) lines.push(text.slice(start, text[end - 1] === '\r' ? end - 1 : end).slice(0, MAX_LINE_LENGTH))
    start = end + 1
  }
  return lines
}
