// The shapes of contract section 4. Times are ISO 8601 strings, durations Ms, sizes Bytes, shares Percent (0 to 100).
// What could not be measured is null, never 0.
import type { PerformanceAlert } from './alerts.js'
import type { SourceLocation } from './findings.js'

/** One mounted file system, as `df` shows it. */
export interface DiskMetrics {
  /** Mount point, e.g. `/`. */
  mount: string
  /** File system type, e.g. `ext4`. */
  type: string
  totalBytes: number
  /** Size minus free blocks, the `Used` column of `df`. */
  usedBytes: number
  /** What an unprivileged process can still write, the `Avail` column of `df`. */
  availableBytes: number
  /** `used / (used + available)`, the `Use%` column of `df`. */
  usedPercent: number
}

/** Limits of the container's cgroup and what it used of them; `null` on a host without limits. */
export interface ContainerMetrics {
  /** CPU quota in cores (quota / period), `null` when there is none. */
  cpuLimitCores: number | null
  memoryLimitBytes: number | null
  /** Working set: usage without inactive page cache, as the kernel's OOM decision and Kubernetes see it. */
  memoryUsedBytes: number | null
  /** Share of the scheduling periods of the interval in which the quota stopped the container. */
  throttledPercent: number | null
}

/** Pressure stall information: share of the last 10 s in which some task waited for the resource (`some avg10`). */
export interface PressureMetrics {
  cpu: number | null
  memory: number | null
  io: number | null
}

/** The machine, or the container when it has limits: percentages and totals are then the container's. */
export interface SystemMetrics {
  cpuUsagePercent: number | null
  cpuCoresPercent: number[] | null
  memoryTotalBytes: number | null
  memoryUsedBytes: number | null
  memoryAvailableBytes: number | null
  swapUsedBytes: number | null
  diskTotalBytes: number | null
  diskUsedBytes: number | null
  diskReadBytesPerSecond: number | null
  diskWriteBytesPerSecond: number | null
  disks: DiskMetrics[] | null
  /** Counter since boot, over all interfaces but loopback. */
  networkRxBytes: number | null
  networkTxBytes: number | null
  networkRxBytesPerSecond: number | null
  networkTxBytesPerSecond: number | null
  /** Mean connect time (name look-up and TCP) of the outbound connections that this process opened in the interval. */
  networkLatencyMs: number | null
  /** Load average over 1, 5 and 15 minutes. */
  loadAverage: [number, number, number] | null
  processCount: number | null
  uptimeSeconds: number | null
  container: ContainerMetrics | null
  pressure: PressureMetrics | null
}

export interface EventLoopDelayMetrics {
  meanMs: number | null
  p50Ms: number | null
  p99Ms: number | null
  maxMs: number | null
}

export interface GcMetrics {
  /** Share of the interval spent in garbage collection pauses. */
  pausePercent: number | null
  count: number | null
  maxPauseMs: number | null
}

/** This process; rates and shares are of the last sampling interval, not since start. */
export interface RuntimeMetrics {
  /** 100 is one core fully used; more is possible with worker threads. */
  cpuPercent: number | null
  rssBytes: number | null
  heapUsedBytes: number | null
  heapTotalBytes: number | null
  heapLimitBytes: number | null
  externalBytes: number | null
  eventLoopUtilizationPercent: number | null
  /** How late the event loop was, beyond the timer's own resolution. */
  eventLoopDelay: EventLoopDelayMetrics
  gc: GcMetrics
  /** How long a trivial job waited for a free libuv thread, measured off the main thread. */
  threadPoolDelayMs: number | null
  /** HTTP requests in flight, long-lived streams included. */
  activeRequests: number | null
  /** `process.getActiveResourcesInfo()` by type. */
  activeResources: Record<string, number> | null
}

/** Durations of the timed operations; `null` while there are none. Percentiles have a relative error of at most 1 %. */
export interface DurationMetrics {
  averageDurationMs: number | null
  minDurationMs: number | null
  maxDurationMs: number | null
  p50Ms: number | null
  p90Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
  p999Ms: number | null
}

/** Parallel waits add up. `null` where it is not measured. */
export interface WaitMetrics {
  /** Ready, while the event loop was busy. Not measured yet. */
  eventLoopMs: number | null
  /** For a free thread of libuv's pool. Not measured per operation: see `RuntimeMetrics.threadPoolDelayMs`. */
  threadPoolMs: number | null
  /** For a connection of a pool, e.g. of a database. */
  connectionPoolMs: number | null
  /** For a socket of an HTTP agent. */
  socketMs: number | null
}

/** What an operation called. */
export interface ChildMetrics {
  component: string
  operation: string
  /** Calls of the child per run of the parent. */
  callsPerParent: number
  totalMs: number
  /** Share of the parent's total time; parallel children can add up to more than 100. */
  sharePercent: number
}

/** Long-lived responses (server-sent events, upgrades): counted by lifetime, never in percentiles. */
export interface StreamMetrics {
  /** Streams that ended. */
  count: number
  active: number
  averageLifetimeMs: number | null
}

export interface OperationMetrics extends DurationMetrics {
  /** All that ended: successful, failed and aborted; without streams. */
  count: number
  successfulCount: number
  failedCount: number
  /** The client left before the answer was complete: neither success nor failure. */
  abortedCount: number
  /** Over the last 60 s, or since start when younger; over the window when one was asked for. */
  operationsPerSecond: number
  /** Failed of those that ended with an outcome (successful and failed); `null` when there are none. */
  errorRatePercent: number | null
  /** In flight now. */
  active: number
  /** Time in none of its children, summed over all runs; `null` where call trees are not kept. */
  selfMs: number | null
  children: ChildMetrics[]
  /** Time that its runs spent waiting, itself or in what they called, summed. */
  waits?: WaitMetrics
  lastUpdated: string | null
  /** `http` only: from the request's arrival to the first byte of the answer; from its last byte for bodies above 64 KiB. */
  timeToFirstByteP50Ms?: number | null
  timeToFirstByteP95Ms?: number | null
  /** `http` only: mean size of the bodies and headers written, streams excluded. */
  responseBytesAverage?: number | null
  responseBytesP95?: number | null
  /** `http` only: 499 is a client that left. */
  statusCodes?: Record<string, number>
  streams?: StreamMetrics
}

export interface ComponentPerformanceMetrics extends DurationMetrics {
  totalOperations: number
  successfulOperations: number
  failedOperations: number
  abortedOperations: number
  operationsPerSecond: number
  errorRatePercent: number | null
  lastUpdated: string | null
  operationBreakdown: Record<string, OperationMetrics>
}

export interface ServiceIdentity {
  name: string
  version: string | null
  /** `host:pid` unless configured. */
  instanceId: string
  pid: number
  /** Node's version without the `v`. */
  node: string
  uptimeSeconds: number
}

/** `heap`: what was allocated meanwhile and is still alive; `allocation`: all that was, by place, collected since or not. */
export type ProfileType = 'cpu' | 'heap' | 'allocation'

export interface ProfileSummary {
  id: string
  type: ProfileType
  state: 'running' | 'complete' | 'failed'
  startedAt: string
  /** As asked for. */
  durationMs: number
  /** Of the file; `null` until it is complete. */
  sizeBytes: number | null
  /** Why it failed. */
  error: string | null
}

/** A function by what it took itself and with all that it called; in the profile's `unit`. */
export interface ProfileFunction {
  /** As V8 names it: `(anonymous)`, `(garbage collector)`, `(program)`. */
  function: string
  /** Where it begins; `null` for V8's own. */
  location: SourceLocation | null
  self: number
  total: number
  selfPercent: number
  totalPercent: number
}

/** What one operation took of a profile. */
export interface ProfileShare {
  /** `null`: what belongs to no measured operation (timers, jobs, the runtime itself). */
  component: string | null
  operation: string | null
  /** In the profile's unit. */
  self: number
  percent: number
}

/** A line of the app's own code (of a dependency's, where none of the app's was on the stack) and what it led to. */
export interface ProfilePlace {
  location: SourceLocation
  /** Node's function that was called from there and took the time, e.g. `readFileSync`, `JSON.parse`; `null`: its own JavaScript. */
  api: string | null
  self: number
  percent: number
  /** Who callers are, innermost first. */
  stack: SourceLocation[]
  /** The most first. */
  operations: ProfileShare[]
}

export interface Profile extends ProfileSummary {
  unit: 'ms' | 'bytes'
  /** All of it, without idle time; `null` until it is complete. */
  total: number | null
  /** Those with the most of their own and those with the most in total, most of their own first. */
  functions: ProfileFunction[]
  /** By place in the app's code, the most first. */
  places: ProfilePlace[]
  /** By the operation that ran; empty where that was not observed. */
  operations: ProfileShare[]
}

/** Whose code it is; `other`: Node's own, V8's and the monitor's. */
export type FrameOwner = 'app' | 'dependency' | 'other'

/** `GET /profiles/:id?format=flame`: a node of a profile's call tree, callers above, without idle time. */
export interface FlameNode {
  /** As V8 names it; `(other)`: several that are too small to be shown one by one. */
  name: string
  /** Relative to the app's root, `node:…` of Node's own; `null` for V8's. */
  file: string | null
  line: number | null
  owner: FrameOwner
  /** In the profile's unit. */
  self: number
  total: number
  /** The most first. */
  children: FlameNode[]
}

/** State of the profiler: what runs and what was taken. */
export interface ProfilerData {
  /** False where profiles cannot be taken (`POST /profiles` then answers 501), or when switched off. */
  available: boolean
  reason: string | null
  running: ProfileSummary | null
  /** The newest first. */
  profiles: ProfileSummary[]
}

export interface PerformanceSnapshot {
  timestamp: string
  service: ServiceIdentity
  /** The last sample; `null` before the first one. */
  systemMetrics: SystemMetrics | null
  runtimeMetrics: RuntimeMetrics | null
  componentMetrics: Record<string, ComponentPerformanceMetrics>
  profilerData: ProfilerData
  /** Pending and firing alerts. */
  alerts: PerformanceAlert[]
}
