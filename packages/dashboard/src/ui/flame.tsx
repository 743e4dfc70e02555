// A flame graph of plain boxes: callers above, widths by what each took with all that it called.
import { useMemo, useState } from 'preact/hooks'
import type { FlameNode } from '../../../core/src/types/metrics.js'
import { formatFigure, type Unit } from '../format.js'

const MIN_WIDTH_PERCENT = 0.15 // two pixels of a wide screen
const MAX_BOXES = 3000 // more nobody can tell apart, and the page would crawl
const ROW_PX = 20
const LABEL_WIDTH_PERCENT = 2.5

export interface Box {
  node: FlameNode
  parent: Box | null
  depth: number
  leftPercent: number
  widthPercent: number
}

export function Flame({ root, unit }: { root: FlameNode; unit: Unit }) {
  // from the root to what fills the width
  const [path, setPath] = useState<readonly FlameNode[]>([root])
  const [query, setQuery] = useState('')
  const zoom = path.at(-1) ?? root
  const boxes = useMemo(() => boxesOf(zoom), [zoom])
  const wanted = query.trim().toLowerCase()
  const matches = (node: FlameNode) => wanted !== '' && `${node.name} ${node.file ?? ''}`.toLowerCase().includes(wanted)
  const found = useMemo(() => (wanted === '' ? null : shareOf(root, matches)), [root, wanted])
  const above = path.length - 1
  const rows = above + boxes.reduce((most, box) => Math.max(most, box.depth), 0) + 1
  const callers: Box[] = path
    .slice(0, -1)
    .map((node, depth) => ({ node, parent: null, depth: depth - above, leftPercent: 0, widthPercent: 100 }))
  const lookCloser = (box: Box) =>
    setPath(box.depth < 0 ? path.slice(0, above + box.depth + 1) : [...path.slice(0, -1), ...chainOf(box)])
  return (
    <>
      <p class="take no-print">
        <input
          id="search"
          type="search"
          placeholder="Search functions and files"
          aria-label="Search functions and files"
          value={query}
          onInput={(event) => setQuery((event.currentTarget as HTMLInputElement).value)}
        />{' '}
        {zoom !== root && (
          <button type="button" class="button" onClick={() => setPath([root])}>
            Show all
          </button>
        )}{' '}
        <span role="status" class="muted">
          {found !== null
            ? `${formatFigure(found * 100, 'percent')} of it is in what was searched for`
            : zoom !== root && describe(zoom, root, unit).replaceAll('\n', ' · ')}
        </span>
      </p>
      <div class="flame" style={{ height: `${rows * ROW_PX}px` }}>
        {[...callers, ...boxes].map((box, index) => (
          <button
            type="button"
            key={index}
            class={`flame-box flame-${box.node.owner}${matches(box.node) ? ' flame-match' : ''}`}
            style={{
              left: `${box.leftPercent}%`,
              width: `${box.widthPercent}%`,
              top: `${(box.depth + above) * ROW_PX}px`,
            }}
            title={describe(box.node, root, unit)}
            onClick={() => lookCloser(box)}
          >
            {box.widthPercent >= LABEL_WIDTH_PERCENT ? box.node.name : ''}
          </button>
        ))}
      </div>
      <p class="note legend">
        <span>
          <i class="swatch-box flame-app" />
          the app's code
        </span>
        <span>
          <i class="swatch-box flame-dependency" />
          dependencies
        </span>
        <span>
          <i class="swatch-box flame-other" />
          Node, V8 and the monitor
        </span>
      </p>
    </>
  )
}

/** Breadth first, so that a graph with too many boxes loses its deepest rows. */
export function boxesOf(root: FlameNode): Box[] {
  const boxes: Box[] = [{ node: root, parent: null, depth: 0, leftPercent: 0, widthPercent: 100 }]
  for (let next = 0; next < boxes.length && boxes.length < MAX_BOXES; next++) {
    const parent = boxes[next] as Box
    const { node, depth, leftPercent, widthPercent } = parent
    let left = leftPercent
    for (const child of node.children) {
      const width = node.total > 0 ? (child.total / node.total) * widthPercent : 0
      if (width >= MIN_WIDTH_PERCENT)
        boxes.push({ node: child, parent, depth: depth + 1, leftPercent: left, widthPercent: width })
      left += width
    }
  }
  return boxes
}

/** From the top of what is shown down to the box. */
export function chainOf(box: Box): FlameNode[] {
  const chain: FlameNode[] = []
  for (let at: Box | null = box; at !== null; at = at.parent) chain.unshift(at.node)
  return chain
}

/** Share of the whole that is in matching nodes, each path counted once. */
export function shareOf(root: FlameNode, matches: (node: FlameNode) => boolean): number {
  let total = 0
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (matches(node)) total += node.total
    else open.push(...node.children)
  }
  return root.total > 0 ? total / root.total : 0
}

function describe(node: FlameNode, root: FlameNode, unit: Unit): string {
  const place = node.file === null ? '' : `\n${node.file}${node.line === null ? '' : `:${node.line}`}`
  const share = root.total > 0 ? formatFigure((node.total / root.total) * 100, 'percent') : ''
  return `${node.name}${place}\n${formatFigure(node.total, unit)} (${share}), ${formatFigure(node.self, unit)} of its own`
}
