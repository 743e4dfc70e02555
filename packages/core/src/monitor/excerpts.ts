// The lines around a place, for who reads a finding without the repository at hand.
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { appRoot } from '../inspect/app-root.js'
import type { PerformanceBottleneck, SourceExcerpt, SourceLocation } from '../types/findings.js'

const LINES_AROUND = 3 // seven in all: a statement with what it stands in
const MAX_LINE_LENGTH = 200
const MAX_FILE_BYTES = 1024 * 1024 // bundles: their lines tell nobody anything, and reading them takes long
const MAX_EXCERPTS = 20 // nobody reads the 21st finding

/** Files are read anew: a deployment may have changed them, and reports are rare. */
export async function withExcerpts(
  bottlenecks: readonly PerformanceBottleneck[],
  root = appRoot(),
): Promise<PerformanceBottleneck[]> {
  return Promise.all(
    bottlenecks.map(async (bottleneck, index) => {
      if (bottleneck.location === null || index >= MAX_EXCERPTS) return bottleneck
      return { ...bottleneck, source: await excerpt(bottleneck.location, root) }
    }),
  )
}

/** `null` where the file is not the app's, cannot be read, or has no such line. */
export async function excerpt({ file, line }: SourceLocation, root: string): Promise<SourceExcerpt | null> {
  const path = resolve(root, file)
  const inside = relative(root, path)
  if (inside.startsWith('..') || isAbsolute(inside)) return null
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) return null
    const all = (await readFile(path, 'utf8')).split(/\r?\n/)
    if (line < 1 || line > all.length) return null
    const firstLine = Math.max(1, line - LINES_AROUND)
    const lines = all.slice(firstLine - 1, line + LINES_AROUND).map((text) => text.slice(0, MAX_LINE_LENGTH))
    return { firstLine, lines }
  } catch {
    return null // mapped to a source that was not deployed
  }
}
