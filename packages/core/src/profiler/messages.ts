// What the capturing thread and the main thread say to each other.
import type { MessagePort } from 'node:worker_threads'
import type { ProbedFrame } from '../inspect/probe.js'
import type { ProfileFunction, ProfileType } from '../types/metrics.js'
import type { RawPlace } from './places.js'
import type { TimelineData } from './slots.js'

export interface CaptureData {
  port: MessagePort
  /** Files are named relative to it. */
  root: string
}

export interface CaptureMessage {
  type: 'capture'
  id: string
  profileType: ProfileType
  durationMs: number
  gentle: boolean
  /** `null` where the operations are not observed. */
  timeline: TimelineData | null
  /** Evaluated in the main thread, its value is the JSON of a `LookAnswer`; `null` for a profile of the heap. */
  expression: string | null
}

export interface LookAnswer {
  /** By `processMonotonicUs`. */
  atUs: number
  frames: ProbedFrame[]
}

/** V8 took its last sample: the main thread need not observe operations any more. */
export interface SampledMessage {
  type: 'sampled'
  id: string
}

/** The answer to it. */
export interface ObservedMessage {
  type: 'observed'
  id: string
  /** The operation of each exchange, by its number. */
  exchanges: Uint16Array<ArrayBuffer>
}

export interface CapturedMessage {
  type: 'captured'
  id: string
  /** JSON, as `.cpuprofile` and `.heapprofile` have it. */
  file: Uint8Array
  /** JSON: `FlameNode`. */
  flame: Uint8Array
  total: number
  functions: ProfileFunction[]
  places: RawPlace[]
  /** By the number of the operation, the most first; empty where that was not observed. */
  operations: [number: number, self: number][]
}

export interface FailedMessage {
  type: 'failed'
  id: string
  message: string
}

export type FromCapture = SampledMessage | CapturedMessage | FailedMessage
export type ToCapture = CaptureMessage | ObservedMessage
