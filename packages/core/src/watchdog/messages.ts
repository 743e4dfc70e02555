// What the watching thread and the main thread say to each other.
import type { MessagePort } from 'node:worker_threads'
import type { SourceLocation } from '../types/findings.js'

export interface WatchData {
  port: MessagePort
  heart: SharedArrayBuffer
  thresholdMs: number
  /** Evaluated in the main thread. */
  expression: string
  /** Files are named relative to it. */
  root: string
}

export interface StallMessage {
  type: 'stall'
  /** By `processMonotonicMs`. */
  startMs: number
  durationMs: number
  requestsInFlight: number
  operation: [component: string, operation: string] | null
  /** The one to blame first; empty when none is certain. */
  stack: SourceLocation[]
}

/** Stalls are still counted, their places are not found. */
export interface FaultMessage {
  type: 'fault'
  message: string
}

export type FromWatch = StallMessage | FaultMessage

/** A rest is over: the thread looks now, not when it would have next. */
export interface RouseMessage {
  type: 'rouse'
}

export type ToWatch = RouseMessage
