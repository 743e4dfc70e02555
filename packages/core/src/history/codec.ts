// A sample's operations as one byte array: 60 to 150 bytes an operation and interval, one object for the collector to see.
import { bucketIndex } from '../histogram/buckets.js'
import type { Histogram } from '../histogram/histogram.js'
import type { OperationInterval } from '../histogram/interval.js'
import type { Outcome } from '../types/window.js'
import type { ByteReader, ByteWriter } from './bytes.js'

const FLOAT_BYTES = 8
const HAS_WAITS = 1
const OUTCOMES: readonly Outcome[] = ['success', 'failure', 'aborted']

/** Where decoded parts go: called once an operation, in the order of `OperationInterval`. */
export interface IntervalSink {
  operation(id: number): OperationSink
}
export interface OperationSink {
  addCovered(coveredMs: number): void
  addWaits(poolMs: number, socketMs: number): void
  seriesOf(outcome: Outcome, statusCode: number | null): Histogram
  addChild(childId: number, calls: number, totalMs: number): void
  firstByte(): Histogram
  sizes(): Histogram
  addHttp(added: { streams: number; streamMs: number }): void
}

/** Where only durations go: of the operations that are wanted, and without their buckets when counts are enough. */
export interface DurationSink {
  /** `null`: this operation is not wanted. */
  target(id: number): DurationTarget | null
}
export interface DurationTarget {
  /** All outcomes together; `null` when counts are enough. */
  readonly durations: Histogram | null
  addCount(outcome: Outcome, count: number): void
}

/** Where only counts and sums go, of the operations that are wanted. */
export interface TotalsTarget {
  add(isFailure: boolean, count: number, sumMs: number): void
}

export function encodeOperation(writer: ByteWriter, interval: OperationInterval): void {
  writer.uint(interval.id)
  writer.float(interval.coveredMs)
  encodeWaits(writer, interval.waits ?? null)
  const series = [...interval.series].filter(({ durations }) => durations.count > 0)
  writer.uint(series.length)
  for (const { outcome, statusCode, durations } of series) {
    writer.uint((statusCode === null ? 0 : statusCode + 1) * OUTCOMES.length + OUTCOMES.indexOf(outcome))
    encodeHistogram(writer, durations)
  }
  const children = [...interval.children].filter(({ calls }) => calls > 0)
  writer.uint(children.length)
  for (const { childId, calls, totalMs } of children) {
    writer.uint(childId)
    writer.uint(calls)
    writer.float(totalMs)
  }
  const http = interval.http
  writer.uint(http === null ? 0 : 1)
  if (http === null) return
  encodeHistogram(writer, http.firstByte)
  encodeHistogram(writer, http.sizes)
  writer.uint(http.streams)
  writer.float(http.streamMs)
}

/** Adds (`sign` 1) or subtracts (`sign` -1) one encoded operation. @returns where it went */
export function decodeOperation(reader: ByteReader, sink: IntervalSink, sign: 1 | -1): OperationSink {
  const target = sink.operation(reader.uint())
  target.addCovered(sign * reader.float())
  if (reader.uint() === HAS_WAITS) {
    const poolMs = reader.float()
    target.addWaits(sign * poolMs, sign * reader.float())
  }
  for (let n = reader.uint(); n > 0; n--) {
    const key = reader.uint()
    const code = Math.floor(key / OUTCOMES.length)
    decodeHistogram(
      reader,
      target.seriesOf(OUTCOMES[key % OUTCOMES.length] as Outcome, code === 0 ? null : code - 1),
      sign,
    )
  }
  for (let n = reader.uint(); n > 0; n--) {
    const childId = reader.uint()
    const calls = reader.uint()
    target.addChild(childId, sign * calls, sign * reader.float())
  }
  if (reader.uint() === 0) return target
  decodeHistogram(reader, target.firstByte(), sign)
  decodeHistogram(reader, target.sizes(), sign)
  const streams = reader.uint()
  target.addHttp({ streams: sign * streams, streamMs: sign * reader.float() })
  return target
}

/** Reads the durations of one encoded operation, and passes over the rest of it. */
export function decodeDurations(reader: ByteReader, sink: DurationSink): void {
  const target = sink.target(reader.uint())
  skipFirst(reader)
  for (let n = reader.uint(); n > 0; n--) {
    const outcome = OUTCOMES[reader.uint() % OUTCOMES.length] as Outcome
    const durations = target?.durations ?? null
    const count = durations === null ? skipHistogram(reader) : decodeHistogram(reader, durations, 1)
    target?.addCount(outcome, count)
  }
  skipRest(reader)
}

/** Reads counts and sums of one encoded operation, and passes over the rest of it. */
export function decodeTotals(reader: ByteReader, targetOf: (id: number) => TotalsTarget | null): void {
  const target = targetOf(reader.uint())
  skipFirst(reader)
  for (let n = reader.uint(); n > 0; n--) {
    const outcome = OUTCOMES[reader.uint() % OUTCOMES.length] as Outcome
    if (target === null) skipHistogram(reader)
    else addTotals(reader, target, outcome === 'failure')
  }
  skipRest(reader)
}

/** Between an operation's number and its durations. */
function skipFirst(reader: ByteReader): void {
  reader.skip(FLOAT_BYTES)
  if (reader.uint() === HAS_WAITS) reader.skip(2 * FLOAT_BYTES)
}

function encodeWaits(writer: ByteWriter, waits: OperationInterval['waits'] | null): void {
  // most operations wait for nothing: one byte
  if (!waits || (waits.poolMs === 0 && waits.socketMs === 0)) {
    writer.uint(0)
    return
  }
  writer.uint(HAS_WAITS)
  writer.float(waits.poolMs)
  writer.float(waits.socketMs)
}

/** Behind the durations of an operation. */
function skipRest(reader: ByteReader): void {
  for (let n = reader.uint(); n > 0; n--) {
    reader.skipUints(2)
    reader.skip(FLOAT_BYTES)
  }
  if (reader.uint() === 0) return
  skipHistogram(reader)
  skipHistogram(reader)
  reader.skipUints(1)
  reader.skip(FLOAT_BYTES)
}

function addTotals(reader: ByteReader, target: TotalsTarget, isFailure: boolean): void {
  const count = reader.uint()
  if (count === 0) return
  target.add(isFailure, count, reader.float())
  reader.skip(2 * FLOAT_BYTES)
  reader.skipUints(2 * reader.uint())
}

function encodeHistogram(writer: ByteWriter, histogram: Histogram): void {
  writer.uint(histogram.count)
  if (histogram.count === 0) return
  writer.float(histogram.sum)
  writer.float(histogram.min as number)
  writer.float(histogram.max as number)
  let previous = 0
  let buckets = 0
  histogram.forEachBucket(() => {
    buckets++
  })
  writer.uint(buckets)
  histogram.forEachBucket((index, n) => {
    writer.int(index - previous)
    writer.uint(n)
    previous = index
  })
}

/** Returns how many values it held. */
function decodeHistogram(reader: ByteReader, into: Histogram, sign: 1 | -1): number {
  const count = reader.uint()
  if (count === 0) return 0
  const sum = reader.float()
  const min = reader.float()
  const max = reader.float()
  if (sign === 1) {
    into.addSummary(count, sum, min, max)
    into.reserve(bucketIndex(min), bucketIndex(max))
  } else {
    // a subtraction tells nothing about the extremes that remain
    into.addSummary(-count, -sum, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
  }
  let index = 0
  for (let n = reader.uint(); n > 0; n--) {
    index += reader.int()
    into.addBucket(index, sign * reader.uint())
  }
  if (sign === -1) into.refreshExtremes()
  return count
}

function skipHistogram(reader: ByteReader): number {
  const count = reader.uint()
  if (count === 0) return 0
  reader.skip(3 * FLOAT_BYTES)
  reader.skipUints(2 * reader.uint())
  return count
}
