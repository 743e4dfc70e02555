import type { RuntimeMetrics, SystemMetrics } from '../types/metrics.js'
import type { MetricsWindow, OperationView, RuntimeField, SystemField, WindowChanges } from '../types/window.js'
import { runtimeColumn, systemColumn, valueAt } from './fields.js'
import { type GaugeRow, gaugeColumn, gaugeNamesOf } from './gauges.js'
import { WindowColumns } from './operation-columns.js'
import type { Sample } from './sample.js'

export interface WindowData {
  from: number
  to: number
  durationMs: number
  timestamps: readonly number[]
  rows: readonly Float64Array[]
  gauges: readonly (GaugeRow | null | undefined)[]
  /** A function: made when somebody asks, once. */
  operations: readonly OperationView[] | (() => readonly OperationView[])
  changes?: WindowChanges
  /** Encoded, one a timestamp: for columns of single operations. Absent where nobody asks for those. */
  samples?: readonly Pick<Sample, 'operations'>[]
  latest: { system: SystemMetrics | null; runtime: RuntimeMetrics | null }
}

export function windowOf({ rows, gauges, samples, operations, ...data }: WindowData): MetricsWindow {
  let list = typeof operations === 'function' ? null : operations
  const all = () => {
    list ??= (operations as () => readonly OperationView[])()
    return list
  }
  const columns = samples === undefined ? null : new WindowColumns(samples, all())
  let names: readonly string[] | null = null
  return {
    ...data,
    // who goes by `changes` asks for none: a list of ten thousand for each sample
    get operations() {
      return all()
    },
    // most readers ask for none
    get gaugeNames() {
      names ??= gaugeNamesOf(gauges)
      return names
    },
    gauge: (name: string) => gaugeColumn(gauges, name),
    system: (field: SystemField) => columnOf(rows, systemColumn(field)),
    runtime: (field: RuntimeField) => columnOf(rows, runtimeColumn(field)),
    ...(columns === null
      ? {}
      : {
          prepareColumns: (names: readonly { component: string; operation: string }[]) => columns.prepare(names),
          operationColumns: (component: string, operation: string) => columns.of(component, operation),
        }),
  }
}

export function columnOf(rows: readonly Float64Array[], column: number): (number | null)[] {
  return rows.map((row) => valueAt(row, column))
}
