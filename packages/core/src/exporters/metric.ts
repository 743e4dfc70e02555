// What one metric is, apart from the format it is written in.
import type { PoolRecord } from '../types/captures.js'
import type { RuntimeMetrics, ServiceIdentity, SystemMetrics } from '../types/metrics.js'
import type { HistogramView, OperationView } from '../types/window.js'

export type Labels = Readonly<Record<string, string>>

export interface NumberSample {
  readonly labels: Labels
  readonly value: number
}

export interface HistogramSample {
  readonly labels: Labels
  /** Upper bounds in the metric's unit, ascending, without +Inf. */
  readonly bounds: readonly number[]
  /** Cumulative, one per bound. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
}

export type Sample = NumberSample | HistogramSample

/** No sample: here is a good place for the caller to pause. */
export const NOTHING_YET = null

export interface Metric {
  readonly type: 'gauge' | 'counter' | 'histogram' | 'info'
  /** The last word of the name (before `_total`), or nothing. */
  readonly unit: 'seconds' | 'bytes' | 'ratio' | ''
  readonly help: string
  /** How prom-client's cluster registry puts the processes of a host together; default: the sum. */
  readonly aggregator?: 'first' | 'max' | 'average'
  readonly samples: (input: ExpositionInput) => Iterable<Sample | typeof NOTHING_YET>
}

/** The monitor's own cost and bounds, since start. */
export interface MonitorFigures {
  faults: number
  samples: number
  /** Time spent in sampling, all samples together. */
  samplingMs: number
  operations: number
  maxOperations: number
  rejected: readonly { name: string; count: number }[]
  historyBytes: number
}

/** Collections of one kind since start, durations in ms. */
export interface GcDurations {
  type: 'major' | 'minor' | 'incremental' | 'weakcb'
  durations: HistogramView
}

/** What is not in the last sample because it counts since start. What is not given is not exposed. */
export interface ProcessCounters {
  /** Of `process.cpuUsage()`. */
  cpuUserSeconds?: number | null
  cpuSystemSeconds?: number | null
  gc?: readonly GcDurations[] | null
}

export interface ExpositionInput {
  service: ServiceIdentity
  system: SystemMetrics | null
  runtime: RuntimeMetrics | null
  /** Since start: histograms are counters. Walked once per histogram metric. */
  operations: Iterable<OperationView>
  /** Those of some components: what is not asked for need not be made. Default: `operations`, filtered. */
  operationsOf?: (wants: (component: string) => boolean) => Iterable<OperationView>
  monitor: MonitorFigures
  counters?: ProcessCounters
  /** Default: none are known. */
  pools?: readonly PoolRecord[]
  /** Files, sockets and pipes that the process holds open. */
  openFiles?: number | null
}

interface Bounds {
  readonly seconds: readonly number[]
  readonly ms: readonly number[]
}

type Figure = number | null | undefined

/** A value that was not measured has no sample: a gauge of 0 would be a claim. */
export function* figure(value: Figure, labels: Labels = {}): Generator<NumberSample, void, undefined> {
  if (typeof value === 'number' && Number.isFinite(value)) yield { labels, value }
}

export function seconds(ms: Figure): number | null {
  return typeof ms === 'number' ? ms / 1000 : null // a product with 0.001 would print as 0.12300000000000001
}

export function ratio(percent: Figure): number | null {
  return typeof percent === 'number' ? percent / 100 : null
}

/** Bucket bounds as they are exposed, and as our histograms are asked for them. */
export function bounds(upperSeconds: readonly number[]): Bounds {
  // rounded: 0.0025 * 1000 is 2.5, but not every product is that lucky
  return { seconds: upperSeconds, ms: upperSeconds.map((bound) => Number((bound * 1000).toPrecision(12))) }
}

export function toSample(durations: HistogramView, at: Bounds, labels: Labels): HistogramSample {
  const counts = durations.countsAtOrBelow(at.ms)
  return { labels, bounds: at.seconds, counts, sum: durations.sum / 1000, count: durations.count }
}
