// Samples in memory: full resolution for `maxEntries`, minutes beyond that, both within `maxBytes`. A minute is rolled up as
// soon as it is complete, not when its samples go: long windows then read 60 times less.
import type { OperationInterval } from '../histogram/interval.js'
import type { MetricsWindow } from '../types/window.js'
import { type Directory, IntervalSums } from './accumulator.js'
import { ByteWriter } from './bytes.js'
import { encodeOperation } from './codec.js'
import { meanRow } from './fields.js'
import { type GaugeRow, meanGauges } from './gauges.js'
import { SampleRing } from './ring.js'
import type { LatestFigures, Sample } from './sample.js'
import { windowOf } from './window.js'

export const ROLL_UP_MS = 60_000
const ROLLED_SHARE = 0.25 // of the memory; the rest is for full resolution, which is what people look at

/** What was recorded since the last sample. */
export interface OpenInterval {
  /** `null`: none yet, a good moment to pause. */
  readonly operations: Iterable<OperationInterval | null>
  readonly durationMs: number
}
const NOTHING_OPEN: OpenInterval = { operations: [], durationMs: 0 }

/** The minute that is not over. */
interface OpenMinute {
  readonly start: number
  readonly sums: IntervalSums
  readonly rows: Float64Array[]
  readonly gauges: (GaugeRow | null | undefined)[]
  durationMs: number
}

export interface MemoryHistoryOptions {
  directory: Directory
  maxEntries: number
  maxBytes: number
  /** How far back minutes are kept. */
  retentionMs: number
}

export class MemoryHistory {
  readonly directory: Directory
  readonly #maxEntries: number
  readonly #maxBytes: number
  readonly #retentionMs: number
  readonly #samples = new SampleRing()
  readonly #minutes = new SampleRing()
  #latest: LatestFigures = { system: null, runtime: null }
  #open: OpenMinute | null = null
  /** Timestamp of the newest sample that is gone: minutes up to there are all there is. */
  #goneUpTo = Number.NEGATIVE_INFINITY
  /** Samples and minutes dropped before their time because memory was full. */
  droppedForMemory = 0

  constructor({ directory, maxEntries, maxBytes, retentionMs }: MemoryHistoryOptions) {
    this.directory = directory
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
    this.#retentionMs = retentionMs
  }

  get sampleCount(): number {
    return this.#samples.length
  }

  get byteLength(): number {
    return this.#samples.byteLength + this.#minutes.byteLength
  }

  get latest(): LatestFigures {
    return this.#latest
  }

  /** End of the newest sample, epoch ms. */
  get lastTimestamp(): number | null {
    return this.#samples.last?.timestamp ?? null
  }

  /** Where full resolution begins, epoch ms; `null` while there is no sample. */
  get fullResolutionFrom(): number | null {
    const first = this.#samples.first
    return first === undefined ? null : Math.max(first.timestamp - first.durationMs, this.#goneUpTo)
  }

  /** Whether single samples are gone after `time`: there only whole minutes can be told apart. */
  isRolledUpAfter(time: number): boolean {
    return this.#goneUpTo > time
  }

  *append(sample: Sample, latest: LatestFigures): Generator<void, void> {
    this.#samples.push(sample)
    this.#latest = latest
    const start = Math.floor(sample.timestamp / ROLL_UP_MS) * ROLL_UP_MS
    if (this.#open !== null && this.#open.start !== start) yield* this.#closeMinute(this.#open)
    if (this.#open === null) {
      this.#open = { start, sums: new IntervalSums(this.directory), rows: [], gauges: [], durationMs: 0 }
    }
    // at once, not when the minute is over: by then its first samples may have gone
    const open = this.#open
    open.rows.push(sample.row)
    open.gauges.push(sample.gauges)
    open.durationMs += sample.durationMs
    yield* open.sums.apply(sample.operations)
    this.#trim(sample.timestamp)
  }

  /**
   * Everything that ended in (`from`, `to`], and what `open` adds: the interval that no sample holds yet. Where only minutes
   * are left, those that overlap.
   */
  *window(from: number, to: number, open: OpenInterval = NOTHING_OPEN): Generator<void, MetricsWindow> {
    const sums = new IntervalSums(this.directory)
    const parts = this.parts(from, to)
    const points = this.points(from, to)
    // first: it stays as it is only as long as it is read, samples do for ever
    for (const interval of open.operations) {
      if (interval !== null) sums.operation(interval.id).addInterval(interval)
      yield
    }
    for (const part of parts) yield* sums.apply(part.operations)
    const isNewest = to >= (this.lastTimestamp ?? 0)
    return windowOf({
      from,
      to,
      durationMs: parts.reduce((sum, { durationMs }) => sum + durationMs, open.durationMs),
      timestamps: points.map(({ timestamp }) => timestamp),
      rows: points.map(({ row }) => row),
      gauges: points.map(({ gauges }) => gauges),
      operations: [...sums.byId.values()],
      samples: points,
      latest: isNewest ? this.#latest : { system: null, runtime: null },
    })
  }

  /** The fewest samples and minutes that make up (`from`, `to`]. */
  parts(from: number, to: number): Sample[] {
    // a minute whose samples are still there counts only when it lies inside; an older one is all there is
    const minutes = this.#minutes
      .between(from, to)
      .filter((minute) => startOf(minute) > from || (from < this.#goneUpTo && startOf(minute) <= this.#goneUpTo))
    let parts: Sample[] = []
    let covered = from
    for (const minute of minutes) {
      const start = startOf(minute)
      // not `push(...)`: more than some 100,000 arguments are a RangeError
      if (start - 1 > covered) parts = parts.concat(this.#samples.between(covered, start - 1))
      parts.push(minute)
      covered = minute.timestamp
    }
    return parts.concat(this.#samples.between(covered, to))
  }

  /** Samples in (`from`, `to`] at the best resolution there is. */
  points(from: number, to: number): Sample[] {
    const minutes = this.#minutes.between(from, to).filter(({ timestamp }) => timestamp <= this.#goneUpTo)
    const lastMinute = minutes.at(-1)?.timestamp ?? from
    return [...minutes, ...this.#samples.between(Math.max(from, lastMinute), to)]
  }

  *#closeMinute({ start, sums, rows, gauges, durationMs }: OpenMinute): Generator<void, void> {
    this.#open = null
    const writer = new ByteWriter()
    for (const operation of sums.byId.values()) {
      encodeOperation(writer, operation.toInterval())
      yield
    }
    this.#minutes.push({
      timestamp: start + ROLL_UP_MS - 1,
      durationMs,
      row: meanRow(rows),
      gauges: meanGauges(gauges),
      operations: writer.take(),
    })
  }

  #trim(now: number): void {
    while (this.#samples.length > this.#maxEntries) this.#dropSample()
    while ((this.#minutes.first?.timestamp ?? now) < now - this.#retentionMs) this.#minutes.shift()
    while (this.#minutes.length > 0 && this.#minutes.byteLength > this.#maxBytes * ROLLED_SHARE) {
      this.#minutes.shift()
      this.droppedForMemory++
    }
    // the newest sample stays whatever its size: without it nothing could be shown at all
    while (this.#samples.length > 1 && this.byteLength > this.#maxBytes) {
      this.#dropSample()
      this.droppedForMemory++
    }
  }

  #dropSample(): void {
    this.#goneUpTo = this.#samples.shift()?.timestamp ?? this.#goneUpTo
  }
}

/** First millisecond of a rolled-up minute; its timestamp is the last. */
function startOf(minute: Sample): number {
  return minute.timestamp - ROLL_UP_MS + 1
}
