// What was captured beside the figures of a window: the optimizer's proof and place. All of it bounded, all of it may be missing.
import type { SourceLocation } from './findings.js'
import type { Profile } from './metrics.js'
import type { StallRecord } from './stalls.js'
import type { CallSite, ErrorRecord, OperationName, Trace } from './traces.js'

/** Expensive safe requests (GET, HEAD) of one route, by URL and answer. */
export interface RepeatRecord {
  requests: number
  /** Distinct URLs, as far as they were told apart. */
  distinctKeys: number
  /** Requests whose URL had been asked for before, within the window, with the same answer. */
  sameAnswerCount: number
  /** The same URL, another answer. */
  otherAnswerCount: number
  /** Summed durations of those with the same answer: what a cache would have saved at most. */
  sameAnswerMs: number
}

/** A place that creates resources of a type: who holds them. */
export interface ResourceSite {
  /** As `async_hooks` names it: `Timeout`, `TCPWRAP`, `FSREQCALLBACK`, `PBKDF2REQUEST`; `Listener` for event listeners. */
  type: string
  location: SourceLocation | null
  stack: SourceLocation[]
  /** What ran when most of them were created. */
  component: string | null
  operation: string | null
  created: number
  /** Not destroyed when the census ended, among those created in its first half. */
  alive: number
}

/** Resources that were created during a short observation, by place. */
export interface ResourceCensus {
  endedAt: string
  durationMs: number
  sites: ResourceSite[]
}

/** Connections of a pool that are in use, by who took them. */
export interface PoolHolder {
  component: string | null
  operation: string | null
  location: SourceLocation | null
  held: number
  longestHeldMs: number
}

export interface PoolRecord {
  /** The operation of component `pool` that waits for it, e.g. `pg 127.0.0.1:5432/shop`. */
  name: string
  maxConnections: number | null
  openConnections: number
  idleConnections: number
  waitingRequests: number
  holders: PoolHolder[]
}

/** `allocation`: by allocation site, with what was collected meanwhile; `heap`: only what is still alive. */
export type WantedType = 'cpu' | 'heap' | 'allocation' | 'census'

/** What a rule asks for when a finding lacks its place. Taken within the bounds of the profiler, or never. */
export interface WantedCapture {
  type: WantedType
  /** For logs and the list of profiles: `event-loop-blocked: GET /report`. */
  reason: string
}

export interface Captures {
  /** Blocks of the event loop within the window, by place, the longest in total first. */
  readonly stalls: readonly StallRecord[]
  /** Complete ones that overlap the window, the newest first. */
  readonly profiles: readonly Profile[]
  /** Ended within the window, the newest first. */
  readonly censuses: readonly ResourceCensus[]
  readonly pools: readonly PoolRecord[]
  /** Kept requests of an operation within the window, the slowest first. */
  traces(of: OperationName): readonly Trace[]
  /** The most frequent first. */
  errors(of: OperationName): readonly ErrorRecord[]
  /** From where `child` is called, the most sampled first; from anywhere when `parent` is `null`. */
  callSites(child: OperationName, parent: OperationName | null): readonly CallSite[]
  /** Where the function of a handler or an instrumented method is defined; `null` where that is not known. */
  definition(of: OperationName): SourceLocation | null
  repeats(of: OperationName): RepeatRecord | null
}

export const NO_CAPTURES: Captures = Object.freeze({
  stalls: [],
  profiles: [],
  censuses: [],
  pools: [],
  traces: () => [],
  errors: () => [],
  callSites: () => [],
  definition: () => null,
  repeats: () => null,
})
