// The text of the code that runs, as its file has it: where a line begins, and on which line of a function a call is written.
import { readFileSync, statSync } from 'node:fs'
import { pathOf } from './frames.js'

const MAX_FILE_BYTES = 2 * 1024 * 1024 // larger ones are bundles, often of one line: their source map says the place
const MAX_FILES = 30 // kept; the hot places of an app are in fewer
const MAX_SCAN_CHARS = 50_000 // of one function: what is longer is a module
// What V8 runs natively without a frame of its own: only the line tells
const BUILTIN = /\b(JSON\.(?:parse|stringify)|structuredClone)\s*\(|\.(sort|toSorted)\s*\(/g

/** Reads files: to be used off the main thread. */
export class Sources {
  readonly #files = new Map<string, string[] | null>()

  /** Column of the first character that is none of the indentation, from 1; `null` where the file is not known. */
  columnOf(url: string, line: number): number | null {
    const text = this.#lines(url)?.[line - 1]
    return text === undefined ? null : text.length - text.trimStart().length + 1
  }

  /** The one known builtin that is called on a line, e.g. `JSON.parse`; `null` when there is none, or several. */
  builtinAt(url: string, line: number): string | null {
    const text = this.#lines(url)?.[line - 1]
    if (text === undefined) return null
    const names = new Set([...text.matchAll(BUILTIN)].map(([, name, method]) => name ?? method ?? ''))
    return names.size === 1 ? ([...names][0] as string) : null
  }

  /**
   * The line on which a function that begins at line and column calls one of that name; `null` unless there is exactly one.
   * `name` may be an expression that matches names: then that which is called is returned as well.
   */
  callIn(url: string, { line, column }: { line: number; column: number }, name: RegExp): Call | null {
    const lines = this.#lines(url)
    if (lines === null) return null
    const body = functionText(lines, line, column)
    const found = new Map<string, number>()
    for (const [index, text] of body.entries()) {
      for (const match of text.matchAll(new RegExp(`(?<![\\w$])(${name.source})\\s*\\(`, 'g'))) {
        found.set(`${match[1]} ${index}`, line + index)
      }
    }
    if (found.size !== 1) return null
    const [[key, at]] = found as unknown as [[string, number]]
    return { name: key.slice(0, key.lastIndexOf(' ')), line: at }
  }

  #lines(url: string): string[] | null {
    let lines = this.#files.get(url)
    if (lines === undefined) {
      lines = read(pathOf(url))
      if (this.#files.size >= MAX_FILES) this.#files.clear()
      this.#files.set(url, lines)
    }
    return lines
  }
}

export interface Call {
  name: string
  line: number
}

function read(path: string): string[] | null {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) return null
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return null
  }
}

/**
 * The lines of the function that begins at line and column, without comments and the contents of strings. Its end is where its
 * first brace closes, or an expression ends; a regular expression that holds a quote can make it longer or shorter.
 */
export function functionText(lines: readonly string[], line: number, column: number): string[] {
  const body: string[] = []
  let depth = 0
  let hadBrace = false
  let quote = ''
  let inComment = false
  let chars = 0
  for (let n = Math.max(0, line - 1); n < lines.length && chars < MAX_SCAN_CHARS; n++) {
    const text = lines[n] as string
    let kept = ''
    for (let i = n === line - 1 ? Math.max(0, column - 1) : 0; i < text.length; i++, chars++) {
      const char = text[i] as string
      const pair = char + (text[i + 1] ?? '')
      if (inComment) {
        if (pair === '*/') {
          inComment = false
          i++
        }
      } else if (quote !== '') {
        if (char === '\\') i++
        else if (char === quote) quote = ''
      } else if (pair === '//') break
      else if (pair === '/*') inComment = true
      else {
        if (char === '"' || char === "'" || char === '`') quote = char
        if (char === '{' || char === '(' || char === '[') depth++
        if (char === '}' || char === ')' || char === ']') depth--
        if (char === '{' && depth === 1) hadBrace = true
        kept += char
        if (depth < 0 || (depth === 0 && (char === ';' || (char === '}' && hadBrace)))) return [...body, kept]
      }
    }
    if (quote !== '`') quote = '' // other strings end with their line
    body.push(kept)
  }
  return body
}
