// Operations of all components as rows: shares, order, search, who calls whom.
import type { ComponentPerformanceMetrics, OperationMetrics } from '../../../core/src/types/metrics.js'
import { leadingComponent } from './series.js'

export interface OperationRow {
  key: string
  component: string
  operation: string
  metrics: OperationMetrics
  /** Count times mean; `null` where nothing was timed. */
  totalMs: number | null
  /** Compared with the time of all requests, so that a query's share is its part of what users wait for. */
  sharePercent: number | null
}

export type SortColumn = 'operation' | 'count' | 'rate' | 'p50' | 'p95' | 'p99' | 'errors' | 'share'

export interface Caller {
  component: string
  operation: string
  callsPerParent: number
  sharePercent: number
}

type Components = Readonly<Record<string, ComponentPerformanceMetrics>>

export function rowsOf(components: Components): OperationRow[] {
  const leading = leadingComponent(components)
  const wholeMs = leading === null ? 0 : totalOf(components[leading])
  const rows: OperationRow[] = []
  for (const [component, metrics] of Object.entries(components)) {
    for (const [operation, m] of Object.entries(metrics.operationBreakdown)) {
      const totalMs = m.averageDurationMs === null ? null : m.averageDurationMs * m.count
      const sharePercent = totalMs === null || wholeMs === 0 ? null : (totalMs / wholeMs) * 100
      rows.push({ key: `${component} ${operation}`, component, operation, metrics: m, totalMs, sharePercent })
    }
  }
  return rows
}

function totalOf(metrics: ComponentPerformanceMetrics | undefined): number {
  const operations = Object.values(metrics?.operationBreakdown ?? {})
  return operations.reduce((sum, { averageDurationMs, count }) => sum + (averageDurationMs ?? 0) * count, 0)
}

/** Every word must appear, in whatever order. */
export function searchRows(rows: readonly OperationRow[], query: string): OperationRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...rows]
  return rows.filter((row) => {
    const text = row.key.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

export function sortRows(rows: readonly OperationRow[], column: SortColumn, descending: boolean): OperationRow[] {
  const direction = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    if (column === 'operation') return direction * compareNames(a, b)
    const left = sortValue(a, column)
    const right = sortValue(b, column)
    if (left === right) return compareNames(a, b)
    // what is not known stands last, whichever way the column is sorted
    if (left === null) return 1
    if (right === null) return -1
    return direction * (left - right)
  })
}

function sortValue({ metrics, totalMs }: OperationRow, column: Exclude<SortColumn, 'operation'>): number | null {
  switch (column) {
    case 'count':
      return metrics.count
    case 'rate':
      return metrics.operationsPerSecond
    case 'p50':
      return metrics.p50Ms
    case 'p95':
      return metrics.p95Ms
    case 'p99':
      return metrics.p99Ms
    case 'errors':
      return metrics.errorRatePercent
    case 'share':
      return totalMs
  }
}

export function callersOf(components: Components, component: string, operation: string): Caller[] {
  const callers: Caller[] = []
  for (const [parentComponent, metrics] of Object.entries(components)) {
    for (const [parentOperation, parent] of Object.entries(metrics.operationBreakdown)) {
      const call = parent.children.find((child) => child.component === component && child.operation === operation)
      if (call === undefined) continue
      const { callsPerParent, sharePercent } = call
      callers.push({ component: parentComponent, operation: parentOperation, callsPerParent, sharePercent })
    }
  }
  return callers.sort((a, b) => b.sharePercent - a.sharePercent)
}

function compareNames(a: OperationRow, b: OperationRow): number {
  if (a.key === b.key) return 0
  return a.key < b.key ? -1 : 1
}
