// Where in the app's tree perfMonitor() itself stands: requests are measured from there on, and named from the root.
import type { Request } from 'express'
import { Frame } from './passage.js'
import { mountPattern } from './patterns.js'
import { type App, type Layer, matchedPath, type Router, routerOfApp } from './router-shapes.js'
import type { TemplateNode } from './templates.js'

export class Origin {
  /** Where no app can be seen. */
  readonly unknown: Frame
  readonly #root: TemplateNode
  readonly #middleware: unknown
  /** By app: the mounts that lead from its router to the one that holds the middleware. */
  readonly #chains = new WeakMap<App, Layer[][]>()

  constructor(root: TemplateNode, middleware: unknown) {
    this.unknown = new Frame(null, { node: root, baseUrl: '', parent: null })
    this.#root = root
    this.#middleware = middleware
  }

  frameFor(req: Request): Frame {
    const app = req.app as unknown as App | undefined
    const router = app === undefined ? null : routerOfApp(app)
    if (app === undefined || router === null) return this.unknown
    let chains = this.#chains.get(app)
    if (chains === undefined) {
      chains = []
      findChains(router, this.#middleware, [], chains)
      this.#chains.set(app, chains)
    }
    const top = this.#frameOfApp(app, router, app.parent === undefined ? '' : req.baseUrl)
    for (const chain of chains) {
      if (chain.length === 0) return top
      const frame = follow(chain, top, req.baseUrl)
      if (frame !== null) return frame
    }
    return top
  }

  #frameOfApp(app: App, router: Router, baseUrl: string): Frame {
    if (app.parent === undefined) return new Frame(router, { node: this.#root, baseUrl: '', parent: null })
    const parent = this.#frameOfApp(app.parent, router, baseUrl)
    const pattern = mountPathOf(app, baseUrl.slice(parent.baseUrl.length))
    const end = pattern.split('/').length
    const base = parent.baseUrl + baseUrl.slice(parent.baseUrl.length).split('/').slice(0, end).join('/')
    return new Frame(router, { node: parent.node.child(pattern), baseUrl: base, parent: null })
  }
}

/** An app knows what it was mounted at, as written; of several paths, the one that looks like the request's. */
function mountPathOf(app: App, path: string): string {
  const paths = [app.mountpath].flat(Number.POSITIVE_INFINITY)
  const mount = paths.find((candidate) => isLike(String(candidate), path)) ?? paths[0] ?? ''
  return String(mount).replace(/\/+$/, '')
}

function isLike(pattern: string, path: string): boolean {
  const actual = path.toLowerCase().split('/')
  return pattern.split('/').every((part, i) => /[:*{]/.test(part) || part.toLowerCase() === actual[i])
}

function findChains(router: Router, middleware: unknown, chain: Layer[], found: Layer[][]): void {
  for (const layer of router.stack) {
    if (layer.handle === middleware) found.push(chain)
    // a router mounted in itself would have no end
    else if (isRouter(layer.handle) && !chain.some((mount) => mount.handle === layer.handle)) {
      findChains(layer.handle, middleware, [...chain, layer], found)
    }
  }
}

function isRouter(handle: unknown): handle is Router {
  return Array.isArray((handle as { stack?: unknown }).stack)
}

function follow(chain: Layer[], top: Frame, baseUrl: string): Frame | null {
  let frame = top
  for (const layer of chain) {
    const rest = baseUrl.slice(frame.baseUrl.length) || '/'
    const matched = matchedPath(layer, rest)
    if (matched === null) return null
    const pattern = mountPattern(layer)
    const node = frame.node.child(typeof pattern === 'string' ? pattern : pattern(matched))
    const base = frame.baseUrl + (matched.endsWith('/') ? matched.slice(0, -1) : matched)
    frame = new Frame(layer.handle as unknown as Router, { node, baseUrl: base, parent: frame })
  }
  return frame
}
