// Mount patterns joined into templates once and kept: a request walks nodes and builds no string.
import type { Operation } from '@perf-monitor/core/adapter'

const MAX_NODES = 20_000 // apps have tens to thousands; one that mounts routers per request, or a router in itself, has no end
const MAX_DEPTH = 32 // of mounts within mounts, for a router that is mounted in itself
const MAX_TEMPLATE_LENGTH = 300
const OTHER = '(other)'

export class TemplateTree {
  readonly root: TemplateNode
  /** For all that is too many or too deep. */
  readonly other: TemplateNode
  #count = 0

  constructor() {
    this.root = new TemplateNode(this, '', 0)
    this.other = new TemplateNode(this, OTHER, 0)
  }

  /** Counts a new node; false when there are enough. */
  take(depth: number): boolean {
    return depth <= MAX_DEPTH && ++this.#count <= MAX_NODES
  }
}

/** A place in the mounted tree: the same router at two places has two. */
export class TemplateNode {
  readonly path: string
  /** What a request is called while it is inside this mount and no route has taken it. */
  readonly rest: string | null
  /** Of the handlers that ran here. */
  readonly operations = new WeakMap<object, Operation>()
  readonly #tree: TemplateTree
  readonly #depth: number
  readonly #children = new Map<string, TemplateNode>()

  constructor(tree: TemplateTree, path: string, depth: number) {
    this.path = path
    this.rest = path === '' ? null : path === OTHER ? OTHER : `${path}/*`
    this.#tree = tree
    this.#depth = depth
  }

  child(pattern: string): TemplateNode {
    if (pattern === '' || pattern === '/' || this.path === OTHER) return this
    let node = this.#children.get(pattern)
    if (node === undefined) {
      if (!this.#tree.take(this.#depth + 1)) return this.#tree.other
      node = new TemplateNode(this.#tree, join(this.path, pattern), this.#depth + 1)
      this.#children.set(pattern, node)
    }
    return node
  }
}

function join(path: string, pattern: string): string {
  return (path !== '' && pattern[0] !== '/' ? `${path}/${pattern}` : path + pattern).slice(0, MAX_TEMPLATE_LENGTH)
}
