// From a frame to the place that its author wrote: through the source map that the file names, when there is one.
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { SourceLocation } from '../types/findings.js'
import { relativeTo } from './app-root.js'
import { type Frame, pathOf } from './frames.js'
import { originalPositions } from './mappings.js'

const MAX_FILE_BYTES = 8 * 1024 * 1024 // parsed, a map takes some times its size, and the thread has 48 MB
const MAX_PLACES = 6000 // positions kept: those of a flame graph, some 2 MB
const COMMENT = /^[ \t]*\/\/[#@] ?sourceMappingURL=(\S+)[ \t]*$/gm
const DATA_URL = /^data:application\/json[^,]*?(;base64)?,(.*)$/s

interface SourceMapFile {
  sources: (string | null)[]
  sourceRoot?: string
  mappings: string
}

interface Position {
  file: string
  line: number
  column: number
}

/** Reads files: to be used off the main thread. */
export class SourceMaps {
  readonly #root: string
  readonly #places = new Map<string, Position>()

  constructor(root: string) {
    this.#root = root
  }

  /** Many at once: each file and its map are read once, not for each frame. */
  learn(frames: Iterable<Frame>): void {
    const unknown = new Map<string, Map<string, Frame>>()
    let count = 0
    for (const frame of frames) {
      const key = keyOf(frame)
      if (this.#places.has(key)) continue
      const ofFile = unknown.get(frame.url) ?? new Map<string, Frame>()
      if (ofFile.has(key)) continue
      unknown.set(frame.url, ofFile.set(key, frame))
      if (++count >= MAX_PLACES) break
    }
    if (this.#places.size + count > MAX_PLACES) this.#places.clear()
    for (const [url, ofFile] of unknown) this.#learnFile(url, ofFile)
  }

  locate(frame: Frame): SourceLocation {
    const key = keyOf(frame)
    if (!this.#places.has(key)) this.learn([frame])
    return { ...(this.#places.get(key) as Position), function: frame.function }
  }

  #learnFile(url: string, frames: ReadonlyMap<string, Frame>): void {
    const found = originals(url, [...frames.values()])
    let at = 0
    for (const [key, { line, column }] of frames) {
      const place = found?.[at++] ?? { file: pathOf(url), line, column }
      this.#places.set(key, { ...place, file: relativeTo(this.#root, place.file) })
    }
  }
}

function keyOf({ url, line, column }: Frame): string {
  return `${line}:${column}:${url}`
}

/** `null`: without a map. */
function originals(url: string, frames: readonly Frame[]): (Position | null)[] | null {
  try {
    const path = pathOf(url)
    if (!/\.[cm]?jsx?$/.test(path)) return null
    const named = [...read(path).matchAll(COMMENT)].at(-1)?.[1]
    if (named === undefined) return null
    const base = named.startsWith('data:') ? pathToFileURL(path) : new URL(named, pathToFileURL(path))
    const map = JSON.parse(named.startsWith('data:') ? decoded(named) : read(fileURLToPath(base))) as SourceMapFile
    const wanted = frames.map(({ line, column }) => ({ line: line - 1, column: column - 1 }))
    return originalPositions(map.mappings, wanted).map((position) => {
      const source = position === null ? null : map.sources[position.source]
      if (position === null || typeof source !== 'string') return null
      const root = map.sourceRoot ? `${map.sourceRoot.replace(/\/$/, '')}/` : ''
      const file = pathOf(new URL(`${root}${source}`, base).href)
      return { file, line: position.line + 1, column: position.column + 1 }
    })
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
