// The columns of a history, filled step by step. Sums are kept for the step that is being read only, and used again for the next.
import type { OperationHistory, Outcome, PerformanceHistory } from '../types/window.js'
import type { Directory } from './accumulator.js'
import type { DurationSink, DurationTarget } from './codec.js'
import { DurationSums } from './durations.js'
import { nameTable } from './metrics.js'

interface NameFilter {
  component: string | null
  operation: string | null
  /** False: components only. */
  operations: boolean
}

/** How often each operation ended, by its number. */
export class OperationCounts implements DurationSink, DurationTarget {
  readonly durations = null
  readonly byId = new Map<number, number>()
  readonly #directory: Directory
  readonly #filter: NameFilter
  readonly #unwanted = new Set<number>()
  #id = 0

  constructor(directory: Directory, filter: NameFilter) {
    this.#directory = directory
    this.#filter = filter
  }

  target(id: number): DurationTarget | null {
    if (this.#unwanted.has(id)) return null
    if (!this.byId.has(id)) {
      if (!matches(this.#directory.lookUp(id), this.#filter)) {
        this.#unwanted.add(id)
        return null
      }
      this.byId.set(id, 0)
    }
    this.#id = id
    return this
  }

  addCount(_outcome: Outcome, count: number): void {
    this.byId.set(this.#id, (this.byId.get(this.#id) ?? 0) + count)
  }
}

/** What one operation or component did in the step, and its columns so far. */
interface Line {
  readonly name: string
  readonly sums: DurationSums
  readonly columns: OperationHistory
  touched: boolean
}

interface Component extends Line {
  readonly operations: Line[]
}

interface Target {
  readonly component: Component
  /** `null`: it counts in its component only. */
  readonly own: Line | null
}

export interface SeriesColumnsOptions {
  directory: Directory
  query: NameFilter
  /** Operations with columns of their own; `null`: all that match. */
  kept: ReadonlySet<number> | null
  steps: number
}

export class SeriesColumns implements DurationSink {
  readonly #options: SeriesColumnsOptions
  readonly #targets = new Map<number, Target | null>()
  readonly #components = new Map<string, Component>()
  readonly #touched: Target[] = []

  constructor(options: SeriesColumnsOptions) {
    this.#options = options
  }

  target(id: number): DurationSums | null {
    let target = this.#targets.get(id)
    if (target === undefined) {
      target = this.#newTarget(id)
      this.#targets.set(id, target)
    }
    if (target === null) return null
    target.component.touched = true
    if (target.own === null) return target.component.sums
    if (!target.own.touched) {
      target.own.touched = true
      this.#touched.push(target)
    }
    return target.own.sums
  }

  /** Everything of `step` was read. */
  *close(step: number): Generator<void, void> {
    for (const { component, own } of this.#touched.splice(0)) {
      if (own === null) continue
      component.sums.add(own.sums)
      fill(own, step)
      yield
    }
    for (const component of this.#components.values()) {
      if (!component.touched) continue
      fill(component, step)
      yield
    }
  }

  *finish(
    measuredMs: readonly (number | null)[],
  ): Generator<void, Pick<PerformanceHistory, 'components' | 'operations'>> {
    const components = nameTable<OperationHistory>()
    const operations = nameTable<Record<string, OperationHistory>>()
    for (const component of this.#components.values()) {
      components[component.name] = zeroWhereIdle(component.columns, measuredMs)
      yield
      if (component.operations.length === 0) continue
      const table = nameTable<OperationHistory>()
      for (const { name, columns } of component.operations) {
        table[name] = zeroWhereIdle(columns, measuredMs)
        yield
      }
      operations[component.name] = table
    }
    return { components, operations }
  }

  #newTarget(id: number): Target | null {
    const { directory, query, kept, steps } = this.#options
    const entry = directory.lookUp(id)
    if (!matches(entry, query)) return null
    let component = this.#components.get(entry.component)
    if (component === undefined) {
      component = { ...newLine(entry.component, steps), operations: [] }
      this.#components.set(entry.component, component)
    }
    if (!query.operations || kept?.has(id) === false) return { component, own: null }
    const own = newLine(entry.operation, steps)
    component.operations.push(own)
    return { component, own }
  }
}

function matches(entry: { component: string; operation: string }, { component, operation }: NameFilter): boolean {
  return (component === null || entry.component === component) && (operation === null || entry.operation === operation)
}

function newLine(name: string, steps: number): Line {
  const column = () => new Array<number | null>(steps).fill(null)
  const columns = {
    count: column(),
    failedCount: column(),
    abortedCount: column(),
    p50Ms: column(),
    p95Ms: column(),
    p99Ms: column(),
  }
  return { name, sums: new DurationSums(), columns, touched: false }
}

function fill(line: Line, step: number): void {
  const { columns, sums } = line
  columns.count[step] = sums.count
  columns.failedCount[step] = sums.failed
  columns.abortedCount[step] = sums.aborted
  columns.p50Ms[step] = sums.durations.quantile(0.5)
  columns.p95Ms[step] = sums.durations.quantile(0.95)
  columns.p99Ms[step] = sums.durations.quantile(0.99)
  sums.reset()
  line.touched = false
}

/** A count is null only where nothing was measured. */
function zeroWhereIdle(columns: OperationHistory, measuredMs: readonly (number | null)[]): OperationHistory {
  for (const column of [columns.count, columns.failedCount, columns.abortedCount]) {
    for (let step = 0; step < column.length; step++) {
      if (column[step] === null && measuredMs[step] !== null) column[step] = 0
    }
  }
  return columns
}
