// Sums of encoded intervals, readable as the OperationViews of a window.
import { Histogram } from '../histogram/histogram.js'
import type { OperationInterval } from '../histogram/interval.js'
import type { ChildView, HttpOperationView, OperationView, Outcome, WaitView } from '../types/window.js'
import { ByteReader } from './bytes.js'
import { decodeOperation, type IntervalSink, type OperationSink } from './codec.js'

/** What history must know of an operation beside its number. */
export interface OperationEntry {
  readonly component: string
  readonly operation: string
  readonly active: number
  readonly activeStreams: number
  /** Epoch ms of its last record, `null` before the first. */
  readonly lastUpdatedMs: number | null
}

export interface Directory {
  /** Whether call trees are kept: `selfMs` is null without them. */
  readonly keepsChildren: boolean
  /** Which waits are measured. Absent: none. */
  readonly waitKinds?: ReadonlySet<'pool' | 'socket'>
  lookUp(id: number): OperationEntry
}

/** By number of operation, how often others called it: numbers are dense, and there are at most as many as operations. */
type CalledCounts = (number | undefined)[]

export class OperationAccumulator implements OperationView, OperationSink {
  readonly series: { readonly outcome: Outcome; readonly statusCode: number | null; readonly durations: Histogram }[] =
    []
  readonly id: number
  readonly #directory: Directory
  readonly #entry: OperationEntry
  readonly #calledCounts: CalledCounts | null
  /** The last change of the sums that it was noted for, by who notes them: ten thousand in a set cost as much as half of adding them. */
  changedIn = 0
  /** Made when there is one, as what only HTTP has: a window has an accumulator for each of ten thousand operations. */
  #children: Map<number, { calls: number; totalMs: number }> | null = null
  #firstByte: Histogram | null = null
  #coveredMs = 0
  #poolMs = 0
  #socketMs = 0
  #sizes: Histogram | null = null
  #streams = 0
  #streamMs = 0
  #merged: Histogram | null = null
  /** Whether the histograms are those of a live operation. */
  #borrows = false

  /** `calledCounts`: by operation, of all that are summed up together; `null` where nobody asks for them. */
  constructor(directory: Directory, id: number, calledCounts: CalledCounts | null = null) {
    this.#directory = directory
    this.#entry = directory.lookUp(id)
    this.#calledCounts = calledCounts
    this.id = id
  }

  addCovered(coveredMs: number): void {
    this.#coveredMs += coveredMs
    this.#merged = null // every change begins here
    if (this.#borrows) this.#copy()
  }

  addWaits(poolMs: number, socketMs: number): void {
    this.#poolMs += poolMs
    this.#socketMs += socketMs
  }

  seriesOf(outcome: Outcome, statusCode: number | null): Histogram {
    for (const series of this.series) {
      if (series.statusCode === statusCode && series.outcome === outcome) return series.durations
    }
    const durations = new Histogram()
    this.series.push({ outcome, statusCode, durations })
    return durations
  }

  addChild(childId: number, calls: number, totalMs: number): void {
    // recursion is no caller of its own
    if (this.#calledCounts !== null && childId !== this.id) {
      this.#calledCounts[childId] = (this.#calledCounts[childId] ?? 0) + calls
    }
    this.#children ??= new Map()
    const edge = this.#children.get(childId)
    if (edge === undefined) {
      this.#children.set(childId, { calls, totalMs })
      return
    }
    edge.calls += calls
    edge.totalMs += totalMs
    if (edge.calls === 0) this.#children.delete(childId)
  }

  firstByte(): Histogram {
    this.#firstByte ??= new Histogram()
    return this.#firstByte
  }

  sizes(): Histogram {
    this.#sizes ??= new Histogram()
    return this.#sizes
  }

  addHttp({ streams, streamMs }: Parameters<OperationSink['addHttp']>[0]): void {
    this.#streams += streams
    this.#streamMs += streamMs
  }

  /** Shows `interval`, without a copy of its histograms until more is added: to be read before it changes. Only when new. */
  borrow(interval: OperationInterval): void {
    this.#coveredMs = interval.coveredMs
    if (interval.waits) this.addWaits(interval.waits.poolMs, interval.waits.socketMs)
    for (const series of interval.series) if (series.durations.count > 0) this.series.push(series)
    this.#addChildren(interval)
    this.#borrows = true
    if (interval.http === null) return
    this.#firstByte = interval.http.firstByte
    this.#sizes = interval.http.sizes
    this.addHttp(interval.http)
  }

  /** Adds what is not encoded yet: the open interval, or the totals of a live operation. */
  addInterval(interval: OperationInterval): void {
    this.addCovered(interval.coveredMs)
    if (interval.waits) this.addWaits(interval.waits.poolMs, interval.waits.socketMs)
    for (const { outcome, statusCode, durations } of interval.series) {
      if (durations.count > 0) this.seriesOf(outcome, statusCode).add(durations)
    }
    this.#addChildren(interval)
    if (interval.http === null) return
    this.firstByte().add(interval.http.firstByte)
    this.sizes().add(interval.http.sizes)
    this.addHttp(interval.http)
  }

  /** As it is encoded again, in a roll-up. */
  toInterval(): OperationInterval {
    return {
      id: this.id,
      coveredMs: this.#coveredMs,
      waits: { poolMs: this.#poolMs, socketMs: this.#socketMs },
      series: this.series,
      children: this.#edges.map(([childId, edge]) => ({ childId, ...edge })),
      http: this.#isHttp
        ? {
            firstByte: this.firstByte(),
            sizes: this.sizes(),
            streams: this.#streams,
            streamMs: this.#streamMs,
          }
        : null,
    }
  }

  /** Nothing left after subtractions. */
  get isEmpty(): boolean {
    return this.count === 0 && this.#streams === 0 && (this.#children === null || this.#children.size === 0)
  }

  get component(): string {
    return this.#entry.component
  }

  get operation(): string {
    return this.#entry.operation
  }

  get active(): number {
    return this.#entry.active
  }

  get lastUpdatedMs(): number | null {
    return this.#entry.lastUpdatedMs
  }

  get count(): number {
    let count = 0
    for (const { durations } of this.series) count += durations.count
    return count
  }

  get successfulCount(): number {
    return this.#countOf('success')
  }

  get failedCount(): number {
    return this.#countOf('failure')
  }

  get abortedCount(): number {
    return this.#countOf('aborted')
  }

  get totalMs(): number {
    let totalMs = 0
    for (const { durations } of this.series) totalMs += durations.sum
    return totalMs
  }

  get durations(): Histogram {
    const only = this.series[0]
    if (this.series.length === 1 && only !== undefined) return only.durations
    if (this.#merged === null) {
      this.#merged = new Histogram()
      for (const { durations } of this.series) this.#merged.add(durations)
    }
    return this.#merged
  }

  get selfMs(): number | null {
    // rounding of sums may leave a covered time a hair above the whole
    return this.#directory.keepsChildren ? Math.max(0, this.totalMs - this.#coveredMs) : null
  }

  get waits(): WaitView {
    const { keepsChildren, waitKinds } = this.#directory
    // rounding of subtracted sums may leave a hair below zero
    const shown = (kind: 'pool' | 'socket', ms: number) =>
      keepsChildren && waitKinds?.has(kind) ? Math.max(0, ms) : null
    return {
      eventLoopMs: null,
      threadPoolMs: null,
      connectionPoolMs: shown('pool', this.#poolMs),
      socketMs: shown('socket', this.#socketMs),
    }
  }

  get children(): ChildView[] {
    return this.#edges.map(([childId, { calls, totalMs }]) => {
      const { component, operation } = this.#directory.lookUp(childId)
      return { component, operation, calls, totalMs }
    })
  }

  get calledCount(): number | undefined {
    return this.#calledCounts === null ? undefined : (this.#calledCounts[this.id] ?? 0)
  }

  get http(): HttpOperationView | null {
    if (!this.#isHttp) return null
    const sizes = this.sizes()
    return {
      timeToFirstByte: this.firstByte(),
      responseBytes: sizes.sum,
      responseSizes: sizes,
      sizedResponses: sizes.count,
      streams: { count: this.#streams, active: this.#entry.activeStreams, totalLifetimeMs: this.#streamMs },
    }
  }

  get #isHttp(): boolean {
    return this.#entry.component === 'http'
  }

  get #edges(): [number, { calls: number; totalMs: number }][] {
    return this.#children === null ? [] : [...this.#children]
  }

  #addChildren({ children }: OperationInterval): void {
    for (const { childId, calls, totalMs } of children) if (calls > 0) this.addChild(childId, calls, totalMs)
  }

  #copy(): void {
    this.#borrows = false
    const copyOf = (borrowed: Histogram) => {
      const own = new Histogram()
      own.add(borrowed)
      return own
    }
    for (const [n, series] of this.series.entries()) {
      this.series[n] = { ...series, durations: copyOf(series.durations) }
    }
    if (this.#firstByte !== null) this.#firstByte = copyOf(this.#firstByte)
    if (this.#sizes !== null) this.#sizes = copyOf(this.#sizes)
  }

  #countOf(outcome: Outcome): number {
    let count = 0
    for (const series of this.series) if (series.outcome === outcome) count += series.durations.count
    return count
  }
}

export interface IntervalSumsOptions {
  /** Whether to keep how often operations were called by others. */
  countsCalls?: boolean
  /** After each change; `isGone`: nothing was left of it. */
  onChange?: (operation: OperationAccumulator, isGone: boolean) => void
}

/** Operations by number, summed from encoded intervals. */
export class IntervalSums implements IntervalSink {
  readonly byId = new Map<number, OperationAccumulator>()
  readonly #directory: Directory
  readonly #calledCounts: CalledCounts | null
  readonly #onChange: IntervalSumsOptions['onChange']

  constructor(directory: Directory, { countsCalls = false, onChange }: IntervalSumsOptions = {}) {
    this.#directory = directory
    this.#calledCounts = countsCalls ? [] : null
    this.#onChange = onChange
  }

  operation(id: number): OperationAccumulator {
    let operation = this.byId.get(id)
    if (operation === undefined) {
      operation = new OperationAccumulator(this.#directory, id, this.#calledCounts)
      this.byId.set(id, operation)
    }
    return operation
  }

  /** Adds (or subtracts) one sample's operations, yielding after each so that the caller can slice. Forgets what is empty then. */
  *apply(operations: Uint8Array, sign: 1 | -1 = 1): Generator<void, void> {
    const reader = new ByteReader(operations)
    while (!reader.done) {
      const changed = decodeOperation(reader, this, sign) as OperationAccumulator
      const isGone = sign === -1 && changed.isEmpty
      if (isGone) this.byId.delete(changed.id)
      this.#onChange?.(changed, isGone)
      yield
    }
  }
}
