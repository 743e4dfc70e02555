// From a frame to the place that its author wrote: through the source map that the file names, when there is one.
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { SourceLocation } from '../types/findings.js'
import { relativeTo } from './app-root.js'
import { type Frame, pathOf } from './frames.js'
import { originalPosition } from './mappings.js'

const MAX_FILE_BYTES = 8 * 1024 * 1024 // parsed, a map takes some times its size, and the thread has 48 MB
const MAX_PLACES = 2000 // positions kept: the same few lines come again and again
const COMMENT = /^[ \t]*\/\/[#@] ?sourceMappingURL=(\S+)[ \t]*$/gm
const DATA_URL = /^data:application\/json[^,]*?(;base64)?,(.*)$/s

interface SourceMapFile {
  sources: (string | null)[]
  sourceRoot?: string
  mappings: string
}

/** Reads files: to be used off the main thread. */
export class SourceMaps {
  readonly #root: string
  readonly #places = new Map<string, { file: string; line: number; column: number }>()

  constructor(root: string) {
    this.#root = root
  }

  locate(frame: Frame): SourceLocation {
    const key = `${frame.line}:${frame.column}:${frame.url}`
    let place = this.#places.get(key)
    if (place === undefined) {
      place = original(frame) ?? { file: pathOf(frame.url), line: frame.line, column: frame.column }
      place.file = relativeTo(this.#root, place.file)
      if (this.#places.size >= MAX_PLACES) this.#places.clear()
      this.#places.set(key, place)
    }
    return { ...place, function: frame.function }
  }
}

function original({ url, line, column }: Frame): { file: string; line: number; column: number } | null {
  try {
    const path = pathOf(url)
    if (!/\.[cm]?jsx?$/.test(path)) return null
    const named = [...read(path).matchAll(COMMENT)].at(-1)?.[1]
    if (named === undefined) return null
    const base = named.startsWith('data:') ? pathToFileURL(path) : new URL(named, pathToFileURL(path))
    const map = JSON.parse(named.startsWith('data:') ? decoded(named) : read(fileURLToPath(base))) as SourceMapFile
    const position = originalPosition(map.mappings, line - 1, column - 1)
    const source = position === null ? null : map.sources[position.source]
    if (position === null || typeof source !== 'string') return null
    const root = map.sourceRoot ? `${map.sourceRoot.replace(/\/$/, '')}/` : ''
    const file = pathOf(new URL(`${root}${source}`, base).href)
    return { file, line: position.line + 1, column: position.column + 1 }
  } catch {
    return null // no map, or a broken one: the place in the code that runs is true as well
  }
}

function read(path: string): string {
  if (statSync(path).size > MAX_FILE_BYTES) throw new Error('too large')
  return readFileSync(path, 'utf8')
}

function decoded(dataUrl: string): string {
  const match = DATA_URL.exec(dataUrl)
  if (match === null) throw new Error('no JSON')
  const [, base64, data = ''] = match
  return base64 === undefined ? decodeURIComponent(data) : Buffer.from(data, 'base64').toString()
}
