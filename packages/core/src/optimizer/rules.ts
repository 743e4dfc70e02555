import type { OptimizerRule } from '../types/findings.js'
import { eventLoopBlocked } from './rules/event-loop-blocked.js'
import { highCpuUsage } from './rules/high-cpu-usage.js'
import { highDiskUsage } from './rules/high-disk-usage.js'
import { highErrorRate } from './rules/high-error-rate.js'
import { highMemoryUsage } from './rules/high-memory-usage.js'
import { networkLatency } from './rules/network-latency.js'
import { slowOperations } from './rules/slow-operations.js'
import { syncIo } from './rules/sync-io.js'

/** A new cause is one file in `rules/`, its test, and a line here. */
export function optimizerRules(): OptimizerRule[] {
  return [
    eventLoopBlocked(),
    syncIo(),
    highCpuUsage(),
    highMemoryUsage(),
    highDiskUsage(),
    highErrorRate(),
    slowOperations(),
    networkLatency(),
  ]
}
