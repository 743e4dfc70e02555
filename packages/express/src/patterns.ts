// The pattern that a layer was registered with. Router 2.3 keeps it; a route has it; for mounts of older routers it is read
// back: from the compiled expression (Express 4), or by asking the layer's own matcher (router 2.0 to 2.2 hide everything else).
import type { Layer, PathMatcher, Route, Router } from './router-shapes.js'
import { matchedPath } from './router-shapes.js'

const MAX_PROBED_LENGTH = 256 // a probe costs one match per character; longer paths wait for a shorter one
const MAX_SHAPES = 32 // of one mount: its optional groups; more would be what clients send, not what the app wrote
const UNKNOWN_PATTERN = '/(pattern)'
const COMPILED_END = '(?=\\/|$)' // what Express 4 ends every compiled mount with, and nobody's own expression

/** Constant for nearly every layer; else a function of the path that it matched. */
export type Pattern = string | ((path: string) => string)

export function mountPattern(layer: Layer): Pattern {
  if (layer.slash === true || layer.regexp?.fast_slash === true) return ''
  if (layer.rawPath !== undefined) {
    return Array.isArray(layer.rawPath) ? (path) => trimmed(matchedElement(layer, path)) : trimmed(layer.rawPath)
  }
  if (layer.regexp !== undefined) return compiledPattern(layer.regexp, layer.keys ?? [])
  return probedPattern(layer.matchers ?? [])
}

/** A route's path as written; of several, the one that matched. */
export function routePattern(route: Route, layer?: Layer, router?: Router | null): Pattern {
  if (!Array.isArray(route.path)) return String(route.path)
  const paths = route.path.flat(Number.POSITIVE_INFINITY) as unknown[]
  if (paths.length === 1) return String(paths[0])
  const all = paths.join(',')
  if (layer === undefined) return all
  if (layer.rawPath !== undefined) return (path) => String(matchedElement(layer, path))
  const single = paths.map((path) => singleLayer(layer, path, router))
  return (path) => {
    const index = single.findIndex((candidate) => matchedPath(candidate, path) !== null)
    return index === -1 ? all : String(paths[index])
  }
}

/** A mount's trailing slash means nothing. */
function trimmed(path: unknown): string {
  return typeof path === 'string' ? path.replace(/(?!^)\/+$/, '') : String(path)
}

function matchedElement(layer: Layer, path: string): unknown {
  const match = layer.match(path)
  return typeof match === 'object' ? match.pattern : String(layer.rawPath)
}

function singleLayer(layer: Layer, path: unknown, router: Router | null | undefined): Layer {
  // an expression of the app's own is copied: matching a global or sticky one moves its lastIndex
  const source = path instanceof RegExp ? new RegExp(path.source, path.flags.replace(/[gy]/g, '')) : path
  const options = { sensitive: router?.caseSensitive, strict: router?.strict, end: true }
  const LayerClass = layer.constructor as new (path: unknown, options: object, handle: () => void) => Layer
  return new LayerClass(source, options, () => {})
}

function compiledPattern(regexp: RegExp, keys: { name: string | number }[]): Pattern {
  if (!regexp.source.endsWith(COMPILED_END) && !regexp.source.endsWith(`${COMPILED_END})`)) return String(regexp)
  const source = regexp.source.startsWith('(?:^') ? regexp.source.slice(3, -1) : regexp.source
  let firstKey = 0
  const parts = source.split(`${COMPILED_END}|`).map((part) => {
    const text = part.endsWith(COMPILED_END) ? part : part + COMPILED_END
    const decoded = decodeExpression(text, keys, firstKey)
    firstKey = decoded.nextKey
    return { regexp: new RegExp(text, regexp.flags), pattern: decoded.pattern ?? String(regexp) }
  })
  if (parts.length === 1) return (parts[0] as { pattern: string }).pattern
  return (path) => parts.find((part) => part.regexp.test(path))?.pattern ?? String(regexp)
}

/** Undoes path-to-regexp 0.1; `pattern` is null for what a path string does not compile to. */
function decodeExpression(source: string, keys: { name: string | number }[], firstKey: number) {
  const body = source.slice(1, -COMPILED_END.length) // after ^
  const end = body.endsWith('\\/?') ? body.length - 3 : body.length
  let pattern = ''
  let nextKey = firstKey
  let i = 0
  while (i < end) {
    const char = body[i] as string
    if (char === '\\' && !/\w/.test(body[i + 1] as string)) {
      pattern += body[i + 1]
      i += 2
    } else if (body.startsWith('(?:', i)) {
      i += 3
    } else if (char === '(') {
      const close = closingParenthesis(body, i)
      const inner = body.slice(i, close + 1)
      const name = keys[nextKey++]?.name
      const plain = /^\(\[\^|^\(\(\?:|^\(\.\*\)$/.test(inner) // what the compiler puts for a bare :name or *
      pattern += typeof name === 'string' ? `:${name}${plain ? '' : inner}` : plain ? '*' : inner
      i = close + 1
    } else if (char === ')') {
      i += 1
    } else if (char === '?' && body[i - 1] === ')') {
      pattern += '?'
      i += 1
    } else if (/[\\^$.*+?|[\]{}]/.test(char)) {
      return { pattern: null, nextKey: keys.length }
    } else {
      pattern += char
      i += 1
    }
  }
  return { pattern, nextKey }
}

function closingParenthesis(source: string, open: number): number {
  let depth = 0
  let inClass = false
  for (let i = open; i < source.length; i++) {
    const char = source[i]
    if (char === '\\') i++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (!inClass && char === '(') depth++
    else if (!inClass && char === ')' && --depth === 0) return i
  }
  return source.length - 1
}

function probedPattern(matchers: PathMatcher[]): Pattern {
  const shapes = new Map<string, string>()
  return (path) => {
    for (const [index, matcher] of matchers.entries()) {
      const match = matcher(path)
      if (match === false) continue
      // router 2's name for the matcher of a RegExp, whose source nothing reveals
      if (matcher.name === 'regexpMatcher') return UNKNOWN_PATTERN
      const names = Object.keys(match.params)
      const matched = trimmed(match.path)
      const slashes = matched.split('/').length - countInnerSlashes(match.params)
      const key = names.length === 0 ? `${index}${matched.toLowerCase()}` : `${index}/${slashes}/${names}`
      let shape = shapes.get(key)
      if (shape === undefined) {
        if (matched.length > MAX_PROBED_LENGTH || shapes.size >= MAX_SHAPES) return UNKNOWN_PATTERN
        shape = probe(matcher, matched, names)
        shapes.set(key, shape)
      }
      return shape
    }
    return UNKNOWN_PATTERN
  }
}

function countInnerSlashes(params: Record<string, unknown>): number {
  let count = 0
  for (const name in params) if (Array.isArray(params[name])) count += (params[name] as unknown[]).length - 1
  return count
}

/** Changes one character at a time: where the match is lost it is literal, where one parameter changes it belongs to that. */
function probe(matcher: PathMatcher, matched: string, names: string[]): string {
  const decoded = matched.replace(/%[0-9a-f]{2}/gi, 'x') // half an escape would throw
  const path = names.length > 0 && matchParams(matcher, decoded) !== null ? decoded : matched
  const params = matchParams(matcher, path) ?? {}
  const swapped = path.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()))
  const literals = matchParams(matcher, swapped) === null ? path : path.toLowerCase()
  let pattern = ''
  let current: string | undefined
  for (let i = 0; i < path.length; i++) {
    const changed = matchParams(matcher, path.slice(0, i) + (path[i] === 'x' ? 'y' : 'x') + path.slice(i + 1))
    const owners = changed === null ? [] : names.filter((name) => String(changed[name]) !== String(params[name]))
    const owner = owners.length === 1 ? owners[0] : undefined
    if (owner === undefined) pattern += literals[i]
    else if (owner !== current) pattern += (Array.isArray(params[owner]) ? '*' : ':') + owner
    current = owner
  }
  return pattern
}

function matchParams(matcher: PathMatcher, path: string): Record<string, unknown> | null {
  try {
    const match = matcher(path)
    return match === false || match.path.length !== path.length ? null : match.params
  } catch {
    return null // a literal escape cut in two
  }
}
