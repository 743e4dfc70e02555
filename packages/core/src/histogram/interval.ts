import type { Outcome } from '../types/window.js'
import type { Histogram } from './histogram.js'

/** What one operation did in some stretch of time: the unit that is encoded, merged and subtracted. */
export interface OperationInterval {
  /** Dense number of the operation within its process. */
  readonly id: number
  readonly coveredMs: number
  /** Absent or `null`: none. */
  readonly waits?: { readonly poolMs: number; readonly socketMs: number } | null
  readonly series: Iterable<{ outcome: Outcome; statusCode: number | null; durations: Histogram }>
  readonly children: Iterable<{ childId: number; calls: number; totalMs: number }>
  readonly http: {
    readonly firstByte: Histogram
    /** Bytes of the responses that could be counted. */
    readonly sizes: Histogram
    readonly streams: number
    readonly streamMs: number
  } | null
}
