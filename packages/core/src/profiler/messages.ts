// What the capturing thread and the main thread say to each other.
import type { MessagePort } from 'node:worker_threads'
import type { ProfileFunction, ProfileType } from '../types/metrics.js'

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
}

export interface CapturedMessage {
  type: 'captured'
  id: string
  /** JSON, as `.cpuprofile` and `.heapprofile` have it. */
  file: Uint8Array
  total: number
  functions: ProfileFunction[]
}

export interface FailedMessage {
  type: 'failed'
  id: string
  message: string
}

export type FromCapture = CapturedMessage | FailedMessage
