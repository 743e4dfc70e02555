// One measured thing: a route, a handler, a query. Records go into the open interval; closing it moves them to the totals.
import { Histogram, isDuration } from '../histogram/histogram.js'
import type { OperationInterval } from '../histogram/interval.js'
import type { Outcome } from '../types/window.js'
import type { CallEdge } from './call-sites.js'
import type { ErrorEntry } from './errors.js'
import type { RawFrame } from './frames.js'
import type { OperationRepeats } from './repeats.js'
import type { OperationSpan } from './span.js'
import type { OperationTraces } from './traces.js'
import type { Tracker } from './tracker.js'
import { addWait, noWaits, type WaitKind, type WaitSums, waitKindOf } from './waits.js'

/** Distinct status codes kept apart per operation: the app's own choice, so bounded by it, but not trusted. */
const MAX_SERIES = 40

export const NAMED_OTHER = '(other)'

/** Durations of one outcome and, for HTTP, one status code. */
export interface Series {
  readonly outcome: Outcome
  readonly statusCode: number | null
  readonly interval: Histogram
  readonly total: Histogram
}

/** Calls of one child from this operation. */
export interface ChildEdge {
  readonly child: Operation
  intervalCalls: number
  intervalMs: number
  totalCalls: number
  totalMs: number
}

/** What only HTTP operations have. */
export class HttpDetails {
  readonly intervalFirstByte = new Histogram()
  readonly totalFirstByte = new Histogram()
  /** Bytes of the responses that could be counted: HTTP/2 multiplexes, so there they cannot be. */
  readonly intervalSizes = new Histogram()
  readonly totalSizes = new Histogram()
  activeStreams = 0
  intervalStreams = 0
  totalStreams = 0
  intervalStreamMs = 0
  totalStreamMs = 0
}

export class Operation {
  readonly component: string
  readonly operation: string
  /** Dense number within the tracker: samples refer to operations by it. */
  readonly id: number
  /** In flight: begun and not ended. */
  active = 0
  /** Time covered by children: total duration minus this is the operation's own. */
  intervalCoveredMs = 0
  totalCoveredMs = 0
  /** Epoch ms of the end of the last interval with a record; `null` before the first. */
  lastClosedMs: number | null = null
  /** Whether the open interval holds anything. */
  dirty = false
  readonly series: Series[] = []
  readonly http: HttpDetails | null
  readonly children = new Map<Operation, ChildEdge>()
  /** What its runs wait for; `null` for what is no wait. */
  readonly waitKind: WaitKind | null
  /** Of its runs, at any depth; `null` while they waited for nothing that is measured. */
  intervalWaits: WaitSums | null = null
  totalWaits: WaitSums | null = null
  /** The caller that was looked at last, and before when its next call is not sampled: see `call-sites.ts`. */
  siteCaller: Operation | null | undefined = undefined
  siteDueMs = Number.NEGATIVE_INFINITY
  /** What was captured of it; `null` while there is nothing. */
  callers: Map<Operation | null, CallEdge> | null = null
  traces: OperationTraces | null = null
  errors: Map<string, ErrorEntry> | null = null
  repeats: OperationRepeats | null = null
  /** Where its function begins; `undefined` until that was seen, `null` when it was seen at several places. */
  definition: RawFrame | null | undefined = undefined
  readonly #tracker: Tracker
  #success: Series | null = null
  #failure: Series | null = null
  #last: Series | null = null

  /** Use `tracker.operation()`: it keeps one per name and counts them. */
  constructor(tracker: Tracker, id: number, component: string, operation: string) {
    this.#tracker = tracker
    this.id = id
    this.component = component
    this.operation = operation
    this.http = component === 'http' ? new HttpDetails() : null
    this.waitKind = waitKindOf(component, operation)
  }

  /** Counts one run that took `durationMs`. What is no duration (NaN, negative, infinite) is counted as rejected. */
  record(durationMs: number, success = true): void {
    if (!isDuration(durationMs)) {
      this.#tracker.rejectedDurations++
      return
    }
    let series = success ? this.#success : this.#failure
    if (series === null) {
      series = this.#add(success ? 'success' : 'failure', null)
      if (success) this.#success = series
      else this.#failure = series
    }
    series.interval.record(durationMs)
    if (!this.dirty) this.#tracker.markDirty(this)
  }

  /** Starts a run; `span.end()` records it. Its parent is the operation that runs in this async context. */
  begin(): OperationSpan {
    return this.#tracker.begin(this)
  }

  /**
   * Counts one HTTP exchange. A status that is none (the app can set anything) is `null`, as is one that was never sent.
   * `firstByteMs` is `null` when no byte was sent, `bytes` when they cannot be counted.
   */
  recordHttp(
    durationMs: number,
    outcome: Outcome,
    status: number | null,
    firstByteMs: number | null,
    bytes: number | null,
  ): void {
    const statusCode = isStatusCode(status) ? status : null
    let series = this.#last
    if (series === null || series.statusCode !== statusCode || series.outcome !== outcome) {
      series = this.#find(outcome, statusCode) ?? this.#add(outcome, statusCode)
      this.#last = series
    }
    series.interval.record(durationMs)
    const http = this.http as HttpDetails
    if (firstByteMs !== null) http.intervalFirstByte.record(firstByteMs)
    if (bytes !== null) http.intervalSizes.record(bytes)
    if (!this.dirty) this.#tracker.markDirty(this)
  }

  /** Counts a long-lived response that ended. */
  recordStream(lifetimeMs: number): void {
    const http = this.http as HttpDetails
    http.intervalStreams++
    http.intervalStreamMs += lifetimeMs
    if (!this.dirty) this.#tracker.markDirty(this)
  }

  /** Time of a run in which at least one child ran. */
  addCovered(coveredMs: number): void {
    this.intervalCoveredMs += coveredMs
  }

  /** A run of it waited, itself or in something that it called. */
  addWait(kind: WaitKind, durationMs: number): void {
    this.intervalWaits ??= noWaits()
    addWait(this.intervalWaits, kind, durationMs)
    if (!this.dirty) this.#tracker.markDirty(this)
  }

  addChild(child: Operation, calls: number, durationMs: number): void {
    let edge = this.children.get(child)
    if (edge === undefined) {
      if (this.children.size >= this.#tracker.limits.maxChildrenPerOperation) {
        this.#tracker.rejectedChildren += calls
        return
      }
      edge = { child, intervalCalls: 0, intervalMs: 0, totalCalls: 0, totalMs: 0 }
      this.children.set(child, edge)
    }
    edge.intervalCalls += calls
    edge.intervalMs += durationMs
    if (!this.dirty) this.#tracker.markDirty(this)
  }

  /** What the open interval holds, as it is encoded into a sample. */
  get interval(): OperationInterval {
    const http = this.http
    return {
      id: this.id,
      coveredMs: this.intervalCoveredMs,
      waits: this.intervalWaits,
      series: this.series.map(({ outcome, statusCode, interval }) => ({ outcome, statusCode, durations: interval })),
      children: [...this.children.values()].map(({ child, intervalCalls, intervalMs }) => ({
        childId: child.id,
        calls: intervalCalls,
        totalMs: intervalMs,
      })),
      http:
        http === null
          ? null
          : {
              firstByte: http.intervalFirstByte,
              sizes: http.intervalSizes,
              streams: http.intervalStreams,
              streamMs: http.intervalStreamMs,
            },
    }
  }

  /** All closed intervals since start. */
  get closed(): OperationInterval {
    const http = this.http
    return {
      id: this.id,
      coveredMs: this.totalCoveredMs,
      waits: this.totalWaits,
      series: this.series.map(({ outcome, statusCode, total }) => ({ outcome, statusCode, durations: total })),
      children: [...this.children.values()].map(({ child, totalCalls, totalMs }) => ({
        childId: child.id,
        calls: totalCalls,
        totalMs,
      })),
      http:
        http === null
          ? null
          : {
              firstByte: http.totalFirstByte,
              sizes: http.totalSizes,
              streams: http.totalStreams,
              streamMs: http.totalStreamMs,
            },
    }
  }

  /** Records in the open interval, streams not counted. */
  get intervalCount(): number {
    let count = 0
    for (const series of this.series) count += series.interval.count
    return count
  }

  /** Moves the open interval to the totals. Only the sampler calls this, after it encoded the interval. */
  closeInterval(nowMs: number): void {
    for (const series of this.series) {
      series.total.add(series.interval)
      series.interval.reset()
    }
    for (const edge of this.children.values()) {
      edge.totalCalls += edge.intervalCalls
      edge.totalMs += edge.intervalMs
      edge.intervalCalls = 0
      edge.intervalMs = 0
    }
    this.totalCoveredMs += this.intervalCoveredMs
    this.intervalCoveredMs = 0
    if (this.intervalWaits !== null) {
      this.totalWaits ??= noWaits()
      this.totalWaits.poolMs += this.intervalWaits.poolMs
      this.totalWaits.socketMs += this.intervalWaits.socketMs
      this.intervalWaits = null
    }
    const http = this.http
    if (http !== null) {
      http.totalFirstByte.add(http.intervalFirstByte)
      http.intervalFirstByte.reset()
      http.totalSizes.add(http.intervalSizes)
      http.intervalSizes.reset()
      http.totalStreams += http.intervalStreams
      http.totalStreamMs += http.intervalStreamMs
      http.intervalStreams = 0
      http.intervalStreamMs = 0
    }
    this.lastClosedMs = nowMs
    this.dirty = false
  }

  #find(outcome: Outcome, statusCode: number | null): Series | null {
    for (const series of this.series) {
      if (series.statusCode === statusCode && series.outcome === outcome) return series
    }
    return null
  }

  #add(outcome: Outcome, statusCode: number | null): Series {
    // beyond the limit codes are counted without their number: totals and outcomes stay true
    if (statusCode !== null && this.series.length >= MAX_SERIES) {
      const folded = this.#find(outcome, null)
      if (folded !== null) return folded
      statusCode = null
    }
    const series: Series = { outcome, statusCode, interval: new Histogram(), total: new Histogram() }
    this.series.push(series)
    return series
  }
}

function isStatusCode(status: number | null): status is number {
  return Number.isInteger(status) && (status as number) >= 100 && (status as number) <= 999
}
