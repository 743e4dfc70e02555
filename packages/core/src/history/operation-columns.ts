// When within a window operations ran and failed. Samples hold that encoded: one pass over them reads it for the few that are asked
// for (0.1 us for each operation and sample that is passed over), in steps, before anybody asks.
import type { OperationColumns, OperationView } from '../types/window.js'
import { ByteReader } from './bytes.js'
import { decodeTotals, type TotalsTarget } from './codec.js'
import type { Sample } from './sample.js'

/** Of all columns together, 24 bytes each. */
export const MAX_CELLS = 200_000

interface Name {
  readonly component: string
  readonly operation: string
}

class Columns implements OperationColumns, TotalsTarget {
  readonly count: number[]
  readonly failedCount: number[]
  readonly totalMs: number[]
  row = 0

  constructor(rows: number) {
    this.count = new Array(rows).fill(0)
    this.failedCount = new Array(rows).fill(0)
    this.totalMs = new Array(rows).fill(0)
  }

  add(isFailure: boolean, count: number, sumMs: number): void {
    const { row } = this
    this.count[row] = (this.count[row] as number) + count
    this.totalMs[row] = (this.totalMs[row] as number) + sumMs
    if (isFailure) this.failedCount[row] = (this.failedCount[row] as number) + count
  }
}

export class WindowColumns {
  readonly #samples: readonly Pick<Sample, 'operations'>[]
  readonly #operations: readonly OperationView[]
  readonly #known = new Map<OperationView, Columns>()

  constructor(samples: readonly Pick<Sample, 'operations'>[], operations: readonly OperationView[]) {
    this.#samples = samples
    this.#operations = operations
  }

  /** Reads those of `names` that are not known yet, the first ones where they are too many. */
  *prepare(names: readonly Name[]): Generator<void, void> {
    const rows = this.#samples.length
    if (rows === 0) return
    const wanted = new Map<number, Columns>()
    for (const name of names) {
      yield
      if ((this.#known.size + wanted.size + 1) * rows > MAX_CELLS) break
      const view = this.#find(name)
      if (view === null || this.#known.has(view)) continue
      const id = (view as { id?: unknown }).id
      if (typeof id === 'number') wanted.set(id, new Columns(rows))
    }
    if (wanted.size === 0) return
    for (const [row, { operations }] of this.#samples.entries()) {
      for (const columns of wanted.values()) columns.row = row
      const reader = new ByteReader(operations)
      while (!reader.done) {
        decodeTotals(reader, (id) => wanted.get(id) ?? null)
        yield
      }
    }
    for (const view of this.#operations) {
      const columns = wanted.get((view as { id?: number }).id ?? -1)
      if (columns !== undefined) this.#known.set(view, columns)
    }
  }

  /** `null` where it was not prepared. */
  of(component: string, operation: string): OperationColumns | null {
    for (const [view, columns] of this.#known) {
      if (view.operation === operation && view.component === component) return columns
    }
    return null
  }

  #find({ component, operation }: Name): OperationView | null {
    return this.#operations.find((view) => view.operation === operation && view.component === component) ?? null
  }
}
