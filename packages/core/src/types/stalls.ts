import type { SourceLocation } from './findings.js'

/** Blocks of the event loop beyond `stallThresholdMs` at one place, gathered. */
export interface StallRecord {
  /** Stays the same for a place. */
  id: string
  /**
   * The line of the app that ran; code of a dependency where none of the app's was on the stack. `null` when most of the time
   * went into one native call (`JSON.parse`, `spawnSync`, garbage collection): what runs after it is not to blame.
   */
  location: SourceLocation | null
  /** What called it, innermost first, of the longest block; empty without a location. */
  stack: SourceLocation[]
  /** What ran in the async context of the longest block; `null` when nothing that is measured did, or when it is not certain. */
  component: string | null
  operation: string | null
  count: number
  totalMs: number
  maxMs: number
  lastMs: number
  /** HTTP requests in flight when the loop came back, at most: each of them waited. */
  maxRequestsInFlight: number
  firstAt: string
  lastAt: string
}

/** One block. */
export interface Stall {
  location: SourceLocation | null
  stack: SourceLocation[]
  component: string | null
  operation: string | null
  durationMs: number
  requestsInFlight: number
  startedAt: string
}
