// Finds the route of a method and a path as sent.
import { PerfHttpError } from '../errors.js'
import type { PerfResponse } from '../types/http.js'
import { empty } from './respond.js'
import type { Route } from './route.js'

const MAX_PATH_LENGTH = 2048 // the longest real one is an id behind /alerts/silences/

export interface RouteMatch {
  readonly route: Route
  /** Decoded; throws 400 for a broken percent-encoding, so only to be asked once the client is let in. */
  readonly params: () => Readonly<Record<string, string>>
}

export type Resolved =
  | (RouteMatch & { kind: 'route' })
  /** The path is known, the method is not: 405, or 204 for OPTIONS. */
  | { kind: 'method'; allow: string }
  | { kind: 'unknown' }

export class Router {
  readonly #routes: { route: Route; segments: string[] }[]

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, segments: route.path.split('/') }))
  }

  /** HEAD is GET's; one slash at the end changes nothing. */
  resolve(method: string, path: string): Resolved {
    if (path.length > MAX_PATH_LENGTH) return { kind: 'unknown' }
    const segments = (/[^/]\/$/.test(path) ? path.slice(0, -1) : path).split('/')
    const found = this.#routes.filter((entry) => matches(entry.segments, segments))
    if (found.length === 0) return { kind: 'unknown' }
    const wanted = method === 'HEAD' ? 'GET' : method
    const entry = found.find(({ route }) => route.method === wanted)
    if (entry !== undefined) {
      return { kind: 'route', route: entry.route, params: () => parameters(entry.segments, segments) }
    }
    const methods = found.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]))
    return { kind: 'method', allow: [...methods, 'OPTIONS'].join(', ') }
  }
}

export function withoutRoute(method: string, resolved: Exclude<Resolved, { kind: 'route' }>): PerfResponse {
  if (resolved.kind === 'unknown') throw new PerfHttpError('not-found', 'There is no such endpoint')
  const headers = { Allow: resolved.allow }
  if (method === 'OPTIONS') return empty(204, headers)
  throw new PerfHttpError('method-not-allowed', `This endpoint takes ${resolved.allow}`, headers)
}

function matches(pattern: string[], segments: string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]))
  )
}

function parameters(pattern: string[], segments: string[]): Record<string, string> {
  const params: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decoded(part.slice(1), segments[i] ?? '')
  }
  return params
}

function decoded(name: string, segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new PerfHttpError('bad-request', `\`${name}\` in the path has a broken percent-encoding`)
  }
}
