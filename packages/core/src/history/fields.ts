// System and runtime figures of a sample as one row of numbers; NaN stands for null.
import type { RuntimeMetrics, SystemMetrics } from '../types/metrics.js'
import { RUNTIME_FIELDS, type RuntimeField, SYSTEM_FIELDS, type SystemField } from '../types/window.js'

export const ROW_LENGTH = SYSTEM_FIELDS.length + RUNTIME_FIELDS.length

const SYSTEM_PATHS = SYSTEM_FIELDS.map((field) => field.split('.'))
const RUNTIME_PATHS = RUNTIME_FIELDS.map((field) => field.split('.'))

export function toRow(system: SystemMetrics | null, runtime: RuntimeMetrics | null): Float64Array {
  const row = new Float64Array(ROW_LENGTH)
  SYSTEM_PATHS.forEach((path, i) => {
    row[i] = numberAt(system, path)
  })
  RUNTIME_PATHS.forEach((path, i) => {
    row[SYSTEM_PATHS.length + i] = numberAt(runtime, path)
  })
  return row
}

export function systemColumn(field: SystemField): number {
  return SYSTEM_FIELDS.indexOf(field)
}

export function runtimeColumn(field: RuntimeField): number {
  return SYSTEM_FIELDS.length + RUNTIME_FIELDS.indexOf(field)
}

export function valueAt(row: Float64Array, column: number): number | null {
  const value = row[column] as number
  return Number.isNaN(value) ? null : value
}

/** Mean of the values that were measured, per column. */
export function meanRow(rows: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(ROW_LENGTH)
  for (let column = 0; column < ROW_LENGTH; column++) {
    let sum = 0
    let count = 0
    for (const row of rows) {
      const value = row[column] as number
      if (Number.isNaN(value)) continue
      sum += value
      count++
    }
    mean[column] = count === 0 ? Number.NaN : sum / count
  }
  return mean
}

function numberAt(root: object | null, path: readonly string[]): number {
  let value: unknown = root
  for (const key of path) {
    if (value === null || typeof value !== 'object') return Number.NaN
    value = (value as Record<string, unknown>)[key]
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN
}
