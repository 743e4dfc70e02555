// A profile's tree as a flame graph draws it: what is too narrow to be seen is merged.
import { ownerOf } from '../inspect/frames.js'
import type { SourceLocation } from '../types/findings.js'
import type { FlameNode } from '../types/metrics.js'
import type { CallFrame, TreeNode } from './reduce.js'

const MIN_SHARE = 0.001 // of all: half a pixel of a page
const MAX_NODES = 5000
const MAX_DEPTH = 500 // beyond V8's own limit of 255 frames

interface Measured {
  node: TreeNode
  total: number
  children: Measured[]
}

export function flameOf(root: TreeNode, locate: (frame: CallFrame) => SourceLocation | null): FlameNode {
  const measured = measure(root)
  const limit = Math.max(measured.total * MIN_SHARE, limitFor(measured))
  return drawn(measured, limit, locate)
}

/** By hand: stacks are deeper than this thread's own may be. */
function measure(root: TreeNode): Measured {
  const top: Measured = { node: root, total: root.self, children: [] }
  const order = [top]
  for (const each of order) {
    for (const child of each.node.children) {
      const next: Measured = { node: child, total: child.self, children: [] }
      each.children.push(next)
      order.push(next)
    }
  }
  for (const each of order.toReversed()) for (const child of each.children) each.total += child.total
  return top
}

/** The total of the last one that there is room for. Each parent may get a node for the rest of its children. */
function limitFor(root: Measured): number {
  const totals: number[] = []
  const open = [root]
  for (const each of open) {
    totals.push(each.total)
    open.push(...each.children)
  }
  totals.sort((a, b) => b - a)
  const last = totals[MAX_NODES / 2]
  return last === undefined ? 0 : last + Number.EPSILON * last
}

function drawn(root: Measured, limit: number, locate: (frame: CallFrame) => SourceLocation | null): FlameNode {
  const nodeOf = ({ node, total }: Measured): FlameNode => {
    const location = locate(node.frame)
    return {
      name: node.frame.functionName || '(anonymous)',
      file: location?.file ?? null,
      line: location?.line ?? null,
      owner: ownerOf(node.frame.url),
      self: node.self,
      total,
      children: [],
    }
  }
  const top = nodeOf(root)
  const open = [{ from: root, to: top, depth: 0 }]
  for (const { from, to, depth } of open) {
    let rest = 0
    for (const child of from.children.sort((a, b) => b.total - a.total)) {
      if (child.total <= 0) continue
      if (child.total < limit || depth >= MAX_DEPTH) {
        rest += child.total
        continue
      }
      const node = nodeOf(child)
      to.children.push(node)
      open.push({ from: child, to: node, depth: depth + 1 })
    }
    if (rest > 0) {
      const merged = { name: '(other)', file: null, line: null, owner: 'other' as const }
      to.children.push({ ...merged, self: rest, total: rest, children: [] })
    }
  }
  return top
}
