import { useMemo, useRef } from 'preact/hooks'
import { formatCount } from '../format.js'
import { rowsOf, type SortColumn, searchRows, sortRows } from '../state/operations.js'
import type { State } from '../state/state.js'
import { Empty, Section } from '../ui/bits.js'
import { navigate } from '../ui/context.js'
import { shownTime } from '../ui/shown.js'
import { OperationRows } from './operation-table.js'

const SORTS: readonly SortColumn[] = ['operation', 'count', 'rate', 'p50', 'p95', 'p99', 'errors', 'share']
const NO_COMPONENTS = {}

export function Operations({ state }: { state: State }) {
  const { snapshot, route } = state
  const components = snapshot?.componentMetrics ?? NO_COMPONENTS
  const rows = useMemo(() => rowsOf(components), [components])
  const column = SORTS.find((candidate) => candidate === route.sort) ?? 'share'
  const shown = useMemo(() => {
    const own = route.component === null ? rows : rows.filter((row) => row.component === route.component)
    return sortRows(searchRows(own, route.query), column, route.descending)
  }, [rows, route.component, route.query, column, route.descending])
  const names = Object.keys(components)
  const onSort = (id: SortColumn) => {
    // names read best from A, figures from the largest
    const descending = id === column ? !route.descending : id !== 'operation'
    navigate({ ...route, sort: id, descending }, { replace: true })
  }
  return (
    <Section
      title="Operations"
      note={`${shownTime(state)}, ${shown.length === rows.length ? formatCount(rows.length) : `${formatCount(shown.length)} of ${formatCount(rows.length)}`}`}
    >
      <div class="filters no-print">
        <Search query={route.query} onChange={(query) => navigate({ ...route, query }, { replace: true })} />
        {names.length > 1 && (
          <fieldset class="segments" aria-label="Component">
            {[null, ...names].map((name) => (
              <button
                type="button"
                key={name ?? ''}
                aria-pressed={route.component === name}
                onClick={() => navigate({ ...route, component: name }, { replace: true })}
              >
                {name ?? 'all'}
              </button>
            ))}
          </fieldset>
        )}
      </div>
      {shown.length === 0 ? (
        <Empty>{emptyText(state, rows.length)}</Empty>
      ) : (
        <OperationRows
          rows={shown}
          route={route}
          sort={{ column, descending: route.descending, onSort }}
          plain={route.component !== null || names.length === 1}
        />
      )}
    </Section>
  )
}

function Search({ query, onChange }: { query: string; onChange: (query: string) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <input
      ref={input}
      id="search"
      type="search"
      value={query}
      placeholder="Search operations"
      aria-label="Search operations"
      aria-keyshortcuts="/"
      autocomplete="off"
      spellcheck={false}
      onInput={() => onChange(input.current?.value ?? '')}
      onKeyDown={(event) => {
        if (event.key === 'Escape') input.current?.blur()
      }}
    />
  )
}

function emptyText({ snapshot, failures, route }: State, total: number): string {
  if (failures.snapshot !== undefined && snapshot === null) return `No figures: ${failures.snapshot}.`
  if (snapshot === null) return 'Loading…'
  if (total === 0) return 'No traffic yet: send a request, or wait for one.'
  return route.query === '' ? 'Nothing in this component.' : `Nothing matches “${route.query}”.`
}
