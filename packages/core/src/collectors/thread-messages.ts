// What the monitor's thread and the main thread say to each other. Every message has a `type`: further parts of the thread add theirs.
import type { MessagePort } from 'node:worker_threads'
import type { SystemMetrics } from '../types/metrics.js'

/** Samples that the main thread has not fetched; the thread leaves out further ones while the main thread is blocked. */
export const MAX_UNREAD_SAMPLES = 16

export const UNREAD = 0
export const IS_RESTING = 1
export const SHARED_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT

export interface ThreadData {
  port: MessagePort
  /** Two numbers: samples posted and not fetched yet; 1 while the main loop rests. */
  shared: SharedArrayBuffer
  intervalMs: number
  ioMonitoring: boolean
  /** Modules that work in this thread too; each exports `start` (`types/thread.ts`). */
  extensions?: { name: string; url: string; data: unknown }[]
}

export interface ThreadFault {
  part: string
  message: string
}

export interface SampleMessage {
  type: 'sample'
  system: SystemMetrics
  threadPoolDelayMs: number | null
  openFiles: number | null
  /** Of this sample; a part that is not listed works. */
  faults: ThreadFault[]
  /** By `processMonotonicMs`. */
  postedAtMs: number
}

/** The thread ends by itself once it has cleaned up. */
export interface StopMessage {
  type: 'stop'
}

export type FromThread = SampleMessage
export type ToThread = StopMessage

/** The one clock that reads the same in all threads of a process: `performance.now` starts at 0 in each. */
export function processMonotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
