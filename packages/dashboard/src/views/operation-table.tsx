// Rows of operations: ten on the overview, thousands in their own view, of which only the visible ones are in the document.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { shortenMiddle } from '../format.js'
import { linkTo, type Route } from '../routing.js'
import type { OperationRow, SortColumn } from '../state/operations.js'
import { isPrinting, onAppearance } from '../theme.js'
import { Cell, Figure, Share } from '../ui/bits.js'

const ROW_HEIGHT_PX = 30 // fixed in the stylesheet too: windowing counts on it
const OVERSCAN_ROWS = 12
const WINDOWED_FROM_ROWS = 120
const PRINTED_ROWS = 300 // paper for nobody beyond this
const NAME_LENGTH = 64
const FAILING_PERCENT = 1 // one in a hundred is news; a few in a thousand are in every table of figures

interface TableProps {
  rows: OperationRow[]
  route: Route
  sort?: { column: SortColumn; descending: boolean; onSort: (column: SortColumn) => void }
  /** All rows are of one component: its tag would be noise. */
  plain?: boolean
}

const COLUMNS: readonly { id: SortColumn; label: string; title: string; narrow: boolean }[] = [
  { id: 'operation', label: 'Operation', title: 'Name of the operation', narrow: true },
  { id: 'count', label: 'Count', title: 'How many ended in the shown time', narrow: false },
  { id: 'rate', label: 'Rate', title: 'Mean rate over the shown time', narrow: true },
  { id: 'p50', label: 'p50', title: 'Half were at least this fast', narrow: false },
  { id: 'p95', label: 'p95', title: '95 of 100 were at least this fast', narrow: true },
  { id: 'p99', label: 'p99', title: '99 of 100 were at least this fast', narrow: false },
  { id: 'errors', label: 'Errors', title: 'Failed of those that ended with an outcome', narrow: true },
  {
    id: 'share',
    label: 'Share of time',
    title: 'Its time in all, compared with the time of all requests',
    narrow: false,
  },
]

export function OperationRows({ rows, route, sort, plain = false }: TableProps) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [start, end] = useVisibleRows(body, rows.length)
  return (
    <table class="operations" aria-rowcount={rows.length + 1}>
      <thead>
        <tr aria-rowindex={1}>
          {COLUMNS.map((column) => (
            <Heading key={column.id} {...column} {...(sort ? { sort } : {})} />
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        <Spacer rows={start} />
        {rows.slice(start, end).map((row, index) => (
          <Row key={row.key} row={row} route={route} index={start + index} plain={plain} />
        ))}
        <Spacer rows={rows.length - end} />
      </tbody>
    </table>
  )
}

function Heading(props: (typeof COLUMNS)[number] & { sort?: NonNullable<TableProps['sort']> }) {
  const { id, label, title, narrow, sort } = props
  const className = `${id === 'operation' ? 'name' : 'number'}${narrow ? '' : ' wide-only'} col-${id}`
  if (sort === undefined) {
    return (
      <th scope="col" class={className} title={title}>
        {label}
      </th>
    )
  }
  const active = sort.column === id
  const order = active ? (sort.descending ? 'descending' : 'ascending') : 'none'
  return (
    <th scope="col" class={className} aria-sort={order} title={title}>
      <button type="button" class="sort" onClick={() => sort.onSort(id)}>
        {label}
        <span class="sort-arrow" aria-hidden="true">
          {active ? (sort.descending ? '▾' : '▴') : ''}
        </span>
      </button>
    </th>
  )
}

function Row({ row, route, index, plain }: { row: OperationRow; route: Route; index: number; plain: boolean }) {
  const { component, operation, metrics, sharePercent } = row
  const failing = (metrics.errorRatePercent ?? 0) >= FAILING_PERCENT
  return (
    <tr aria-rowindex={index + 2}>
      <th scope="row" class="name">
        <a href={linkTo(route, { view: 'operation', component, operation })} title={operation}>
          {shortenMiddle(operation, NAME_LENGTH)}
        </a>
        {!plain && <span class="tag">{component}</span>}
      </th>
      <Cell value={metrics.count} unit="count" wide />
      <Cell value={metrics.operationsPerSecond} unit="rate" />
      <Cell value={metrics.p50Ms} unit="duration" wide />
      <Cell value={metrics.p95Ms} unit="duration" />
      <Cell value={metrics.p99Ms} unit="duration" wide />
      <td class={`number${failing ? ' failing' : ''}`}>
        <Figure value={metrics.errorRatePercent} unit="percent" />
      </td>
      <td class="number wide-only col-share">
        <Share percent={sharePercent} />
      </td>
    </tr>
  )
}

function Spacer({ rows }: { rows: number }) {
  if (rows <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: an empty row cannot be focused
    <tr aria-hidden="true" class="spacer">
      <td colSpan={COLUMNS.length} style={{ height: `${rows * ROW_HEIGHT_PX}px` }} />
    </tr>
  )
}

/** Which rows the window shows, with some above and below for fast scrolling. */
function useVisibleRows(body: { current: HTMLElement | null }, count: number): [start: number, end: number] {
  const [top, setTop] = useState(0)
  const [printing, setPrinting] = useState(false)
  const windowed = count > WINDOWED_FROM_ROWS
  useEffect(() => onAppearance(() => setPrinting(isPrinting())), [])
  useLayoutEffect(() => {
    if (!windowed) return
    const measure = () => {
      const hiddenPx = -(body.current?.getBoundingClientRect().top ?? 0)
      const first = Math.max(0, Math.floor(hiddenPx / ROW_HEIGHT_PX) - OVERSCAN_ROWS)
      // in steps, so that a scroll of a row does not draw all of them again
      setTop(Math.floor(first / OVERSCAN_ROWS) * OVERSCAN_ROWS)
    }
    measure()
    window.addEventListener('scroll', measure, { passive: true })
    window.addEventListener('resize', measure)
    return () => {
      window.removeEventListener('scroll', measure)
      window.removeEventListener('resize', measure)
    }
  }, [windowed, count])
  if (printing) return [0, Math.min(count, PRINTED_ROWS)]
  if (!windowed) return [0, count]
  const visible = Math.ceil(window.innerHeight / ROW_HEIGHT_PX) + OVERSCAN_ROWS * 3
  const start = Math.min(top, Math.max(0, count - visible))
  return [start, Math.min(count, start + visible)]
}
