import { Histogram } from '../../src/histogram/histogram.js'
import type { OperationInterval } from '../../src/histogram/interval.js'
import type { Directory } from '../../src/history/accumulator.js'
import { ByteWriter } from '../../src/history/bytes.js'
import { encodeOperation } from '../../src/history/codec.js'
import { toRow } from '../../src/history/fields.js'
import type { Sample } from '../../src/history/sample.js'
import type { RuntimeMetrics, SystemMetrics } from '../../src/types/metrics.js'
import type { Outcome } from '../../src/types/window.js'

export function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

/** Operation `id` with durations by outcome; even ids are HTTP. */
export function intervalOf(
  id: number,
  durations: Partial<Record<Outcome, number[]>>,
  children: { childId: number; calls: number; totalMs: number }[] = [],
): OperationInterval {
  const isHttp = id % 2 === 0
  return {
    id,
    coveredMs: children.reduce((sum, { totalMs }) => sum + totalMs, 0),
    series: Object.entries(durations).map(([outcome, values]) => ({
      outcome: outcome as Outcome,
      statusCode: isHttp ? (outcome === 'success' ? 200 : 500) : null,
      durations: histogramOf(values),
    })),
    children,
    http: isHttp ? { firstByte: histogramOf([1]), sizes: histogramOf([100]), streams: 1, streamMs: 5000 } : null,
  }
}

export function sampleOf(timestamp: number, operations: OperationInterval[], figures: Figures = {}): Sample {
  const writer = new ByteWriter()
  for (const operation of operations) encodeOperation(writer, operation)
  const row = toRow(
    (figures.system ?? null) as SystemMetrics | null,
    (figures.runtime ?? null) as RuntimeMetrics | null,
  )
  return { timestamp, durationMs: 1000, row, operations: writer.take() }
}

interface Figures {
  system?: Partial<SystemMetrics>
  runtime?: Partial<RuntimeMetrics>
}

export const directory: Directory = {
  keepsChildren: true,
  lookUp: (id) => ({
    component: id % 2 === 0 ? 'http' : 'db',
    operation: `operation ${id}`,
    active: 0,
    activeStreams: 0,
    lastUpdatedMs: null,
  }),
}

/** Deterministic uniform numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
}
