// Figures by name that come and go (resources, pools): a sample keeps their values, the names are kept once.
import { nameTable } from './metrics.js'

export const MAX_GAUGES = 200 // resource types are at most 50, a pool has four: enough for some thirty pools; 1.6 KB a sample

/** What is known now, by name. */
export type GaugeFigures = ReadonlyMap<string, number>

export interface GaugeRow {
  /** Shared by many rows and growing: those from `values.length` on came later. */
  readonly names: readonly string[]
  /** NaN: not measured. */
  readonly values: Float64Array
}

/** The names of one process. */
export class GaugeNames {
  /** Figures that were left out because there are too many names. */
  rejected = 0
  readonly #names: string[] = []
  readonly #slots = new Map<string, number>()

  get size(): number {
    return this.#names.length
  }

  /** `null` when there is nothing to keep. */
  toRow(figures: GaugeFigures): GaugeRow | null {
    for (const name of figures.keys()) if (!this.#slots.has(name)) this.#add(name)
    const values = new Float64Array(this.#names.length).fill(Number.NaN)
    let isEmpty = true
    for (const [name, value] of figures) {
      const slot = this.#slots.get(name)
      if (slot === undefined || !Number.isFinite(value)) continue
      values[slot] = value
      isEmpty = false
    }
    return isEmpty ? null : { names: this.#names, values }
  }

  #add(name: string): void {
    if (this.#names.length >= MAX_GAUGES) {
      this.rejected++
      return
    }
    this.#slots.set(name, this.#names.length)
    this.#names.push(name)
  }
}

type Rows = readonly (GaugeRow | null | undefined)[]

/** Mean of the values that were measured, by name. */
export function meanGauges(rows: Rows): GaugeRow | null {
  const sums = new Map<string, { sum: number; count: number }>()
  for (const row of rows) {
    eachGauge(row, (name, value) => {
      const known = sums.get(name)
      if (known === undefined) sums.set(name, { sum: value, count: 1 })
      else {
        known.sum += value
        known.count++
      }
    })
  }
  if (sums.size === 0) return null
  return { names: [...sums.keys()], values: Float64Array.from(sums.values(), ({ sum, count }) => sum / count) }
}

/** Those with a value in any of the rows. */
export function gaugeNamesOf(rows: Rows): string[] {
  const names = new Set<string>()
  for (const row of rows) eachGauge(row, (name) => names.add(name))
  return [...names].sort()
}

/** One value a row. */
export function gaugeColumn(rows: Rows, name: string): (number | null)[] {
  let names: readonly string[] | null = null
  let slot = -1
  return rows.map((row) => {
    if (row == null) return null
    // mostly the same array: then it is searched once, unless the name came later
    if (row.names !== names || slot === -1) {
      names = row.names
      slot = names.indexOf(name)
    }
    const value = slot === -1 ? undefined : row.values[slot]
    return value === undefined || Number.isNaN(value) ? null : value
  })
}

/** All columns at once, yielding after each so that the caller can slice. */
export function* gaugeColumns(rows: Rows): Generator<void, Record<string, (number | null)[]>> {
  const table = nameTable<(number | null)[]>()
  for (const name of gaugeNamesOf(rows)) {
    table[name] = gaugeColumn(rows, name)
    yield
  }
  return table
}

function eachGauge(row: GaugeRow | null | undefined, visit: (name: string, value: number) => void): void {
  if (row == null) return
  for (let slot = 0; slot < row.values.length; slot++) {
    const value = row.values[slot] as number
    if (!Number.isNaN(value)) visit(row.names[slot] as string, value)
  }
}
