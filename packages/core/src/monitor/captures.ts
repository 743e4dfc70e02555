// What was captured within a window, from the parts that captured it: read anew for each report, kept by them.
import type { ResourceCensusTaker } from '../census/census.js'
import type { PoolRegistry } from '../instruments/pools.js'
import type { PerformanceProfiler } from '../profiler/profiler.js'
import type { TraceReader } from '../tracker/trace-reader.js'
import { type Captures, NO_CAPTURES } from '../types/captures.js'
import type { Watchdog } from '../watchdog/watchdog.js'

export interface CaptureParts {
  profiler: PerformanceProfiler
  /** `null`: switched off. */
  watchdog: Watchdog | null
  traces: TraceReader
  pools: PoolRegistry
  census: ResourceCensusTaker
}

/** Epoch ms. */
export function capturesWithin(parts: CaptureParts, bounds: { from: number; to: number }): Captures {
  const profiles = parts.profiler.profilesIn(bounds.from, bounds.to)
  const stalls = parts.watchdog?.stallsIn(bounds.from, bounds.to, profiles) ?? []
  return {
    ...NO_CAPTURES,
    ...parts.traces.within(bounds),
    stalls,
    profiles,
    pools: parts.pools.read(),
    censuses: parts.census.recent(bounds.from, bounds.to),
  }
}
