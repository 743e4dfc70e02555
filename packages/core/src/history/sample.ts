import type { RuntimeMetrics, SystemMetrics } from '../types/metrics.js'
import type { GaugeFigures, GaugeRow } from './gauges.js'

/** One closed interval (or, rolled up, one minute): what everything downstream reads. */
export interface Sample {
  /** End of the interval, epoch ms. */
  readonly timestamp: number
  readonly durationMs: number
  /** System and runtime figures: `fields.ts`. */
  readonly row: Float64Array
  /** Figures that come and go by name: `gauges.ts`. */
  readonly gauges?: GaugeRow | null
  /** Encoded operations: `codec.ts`. */
  readonly operations: Uint8Array
}

/** The figures of the newest sample, whole. */
export interface LatestFigures {
  system: SystemMetrics | null
  runtime: RuntimeMetrics | null
  gauges?: GaugeFigures
}

const SAMPLE_OVERHEAD_BYTES = 400 // two typed arrays with their buffers and the object, as measured by heap snapshots

export function sizeOf(sample: Sample): number {
  const gauges = sample.gauges?.values.byteLength ?? 0
  return SAMPLE_OVERHEAD_BYTES + sample.row.byteLength + gauges + sample.operations.byteLength
}
