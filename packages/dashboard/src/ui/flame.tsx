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
  depth: number
  leftPercent: number
  widthPercent: number
}

export function Flame({ root, unit }: { root: FlameNode; unit: Unit }) {
  const [zoom, setZoom] = useState<FlameNode>(root)
  const [query, setQuery] = useState('')
  const boxes = useMemo(() => boxesOf(zoom), [zoom])
  const wanted = query.trim().toLowerCase()
  const matches = (node: FlameNode) => wanted !== '' && `${node.name} ${node.file ?? ''}`.toLowerCase().includes(wanted)
  const found = useMemo(() => (wanted === '' ? null : shareOf(root, matches)), [root, wanted])
  const depth = boxes.reduce((most, box) => Math.max(most, box.depth), 0) + 1
  return (
    <>
      <p class="take no-print">
        <input
          id="search"
          type="search"
          class="button"
          placeholder="Search functions and files"
          aria-label="Search functions and files"
          value={query}
          onInput={(event) => setQuery((event.currentTarget as HTMLInputElement).value)}
        />{' '}
        {zoom !== root && (
          <button type="button" class="button" onClick={() => setZoom(root)}>
            Show all
          </button>
        )}{' '}
        <span role="status" class="muted">
          {found !== null && `${formatFigure(found * 100, 'percent')} of it is in what was searched for`}
        </span>
      </p>
      <div class="flame" style={{ height: `${depth * ROW_PX}px` }}>
        {boxes.map(({ node, depth: row, leftPercent, widthPercent }, index) => (
          <button
            type="button"
            key={index}
            class={`flame-box ${node.file === null ? 'flame-other' : isDependency(node.file) ? 'flame-dependency' : 'flame-app'}${matches(node) ? ' flame-match' : ''}`}
            style={{ left: `${leftPercent}%`, width: `${widthPercent}%`, top: `${row * ROW_PX}px` }}
            title={describe(node, root, unit)}
            onClick={() => setZoom(node)}
          >
            {widthPercent >= LABEL_WIDTH_PERCENT ? node.name : ''}
          </button>
        ))}
      </div>
      <p class="note">
        <i class="swatch-box flame-app" /> the app's code <i class="swatch-box flame-dependency" /> dependencies{' '}
        <i class="swatch-box flame-other" /> Node and V8
      </p>
    </>
  )
}

/** Breadth first, so that a graph with too many boxes loses its deepest rows. */
export function boxesOf(root: FlameNode): Box[] {
  const boxes: Box[] = [{ node: root, depth: 0, leftPercent: 0, widthPercent: 100 }]
  for (let next = 0; next < boxes.length && boxes.length < MAX_BOXES; next++) {
    const { node, depth, leftPercent, widthPercent } = boxes[next] as Box
    let left = leftPercent
    for (const child of node.children) {
      const width = node.total > 0 ? (child.total / node.total) * widthPercent : 0
      if (width >= MIN_WIDTH_PERCENT)
        boxes.push({ node: child, depth: depth + 1, leftPercent: left, widthPercent: width })
      left += width
    }
  }
  return boxes
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

function isDependency(file: string): boolean {
  return file.includes('node_modules/')
}

function describe(node: FlameNode, root: FlameNode, unit: Unit): string {
  const place = node.file === null ? '' : `\n${node.file}${node.line === null ? '' : `:${node.line}`}`
  const share = root.total > 0 ? formatFigure((node.total / root.total) * 100, 'percent') : ''
  return `${node.name}${place}\n${formatFigure(node.total, unit)} (${share}), ${formatFigure(node.self, unit)} of its own`
}
