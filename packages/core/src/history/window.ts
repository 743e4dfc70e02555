import type { RuntimeMetrics, SystemMetrics } from '../types/metrics.js'
import type { MetricsWindow, OperationView, RuntimeField, SystemField } from '../types/window.js'
import { runtimeColumn, systemColumn, valueAt } from './fields.js'
import { type GaugeRow, gaugeColumn, gaugeNamesOf } from './gauges.js'

export interface WindowData {
  from: number
  to: number
  durationMs: number
  timestamps: readonly number[]
  rows: readonly Float64Array[]
  gauges: readonly (GaugeRow | null | undefined)[]
  operations: readonly OperationView[]
  latest: { system: SystemMetrics | null; runtime: RuntimeMetrics | null }
}

export function windowOf({ rows, gauges, ...data }: WindowData): MetricsWindow {
  let names: readonly string[] | null = null
  return {
    ...data,
    // most readers ask for none
    get gaugeNames() {
      names ??= gaugeNamesOf(gauges)
      return names
    },
    gauge: (name: string) => gaugeColumn(gauges, name),
    system: (field: SystemField) => columnOf(rows, systemColumn(field)),
    runtime: (field: RuntimeField) => columnOf(rows, runtimeColumn(field)),
  }
}

export function columnOf(rows: readonly Float64Array[], column: number): (number | null)[] {
  return rows.map((row) => valueAt(row, column))
}
