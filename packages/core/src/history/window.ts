import type { RuntimeMetrics, SystemMetrics } from '../types/metrics.js'
import type { MetricsWindow, OperationView, RuntimeField, SystemField } from '../types/window.js'
import { runtimeColumn, systemColumn, valueAt } from './fields.js'

export interface WindowData {
  from: number
  to: number
  durationMs: number
  timestamps: readonly number[]
  rows: readonly Float64Array[]
  operations: readonly OperationView[]
  latest: { system: SystemMetrics | null; runtime: RuntimeMetrics | null }
}

export function windowOf({ rows, ...data }: WindowData): MetricsWindow {
  return {
    ...data,
    system: (field: SystemField) => columnOf(rows, systemColumn(field)),
    runtime: (field: RuntimeField) => columnOf(rows, runtimeColumn(field)),
  }
}

export function columnOf(rows: readonly Float64Array[], column: number): (number | null)[] {
  return rows.map((row) => valueAt(row, column))
}
