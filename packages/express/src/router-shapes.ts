// What is read of Express' routers: internals that 4.17 to 5.3 share, and the few that differ.

export type Callable = (...args: never[]) => unknown

export interface Layer {
  handle: Callable & { stack?: unknown; handle?: unknown; set?: unknown }
  name?: string
  /** Only of layers inside a route; undefined for `.all()`. */
  method?: string
  route?: Route
  match(path: string): boolean | { path: string; pattern?: unknown }
  /** The matched path, in routers before 2.3. */
  path?: string
  /** Express 4. */
  regexp?: RegExp & { fast_slash?: boolean }
  keys?: { name: string | number }[]
  /** Router 2. */
  slash?: boolean
  matchers?: PathMatcher[]
  /** Router 2.3. */
  rawPath?: unknown
}

export type PathMatcher = (path: string) => false | { path: string; params: Record<string, unknown> }

export interface Route {
  path: unknown
  stack: Layer[]
}

export interface Router {
  stack: Layer[]
  caseSensitive?: boolean
  strict?: boolean
  params?: Record<string, unknown>
}

export interface App {
  _router?: Router
  router?: Router
  parent?: App
  mountpath?: unknown
}

/** The router of an app, or null when it has none yet. */
export function routerOfApp(app: App): Router | null {
  if (app._router !== undefined) return app._router
  try {
    return app.router ?? null
  } catch {
    return null // Express 4 without a router: its getter `router` throws
  }
}

/** The part of `path` that a mount layer takes. */
export function matchedPath(layer: Layer, path: string): string | null {
  const match = layer.match(path)
  if (typeof match === 'object') return match.path
  return match ? (layer.path ?? '') : null
}

/** The path that routers match, as they see it now. */
export function pathOfUrl(url: string): string {
  if (url[0] === '/') {
    const end = url.search(/[?#]/)
    return end === -1 ? url : url.slice(0, end)
  }
  return URL.canParse(url) ? new URL(url).pathname : url
}
