import type { OptimizerRule } from '../types/findings.js'
import { cacheableRepeat } from './rules/cacheable-repeat.js'
import { concurrencyIssues } from './rules/concurrency-issues.js'
import { connectionChurn } from './rules/connection-churn.js'
import { cpuThrottled } from './rules/cpu-throttled.js'
import { databaseSlowness } from './rules/database-slowness.js'
import { eventLoopBlocked } from './rules/event-loop-blocked.js'
import { gcPressure } from './rules/gc-pressure.js'
import { handleLeak } from './rules/handle-leak.js'
import { highCpuUsage } from './rules/high-cpu-usage.js'
import { highDiskUsage } from './rules/high-disk-usage.js'
import { highErrorRate } from './rules/high-error-rate.js'
import { highMemoryUsage } from './rules/high-memory-usage.js'
import { largePayload } from './rules/large-payload.js'
import { memoryLeak } from './rules/memory-leak.js'
import { nPlusOne } from './rules/n-plus-one.js'
import { networkLatency } from './rules/network-latency.js'
import { poolExhaustion } from './rules/pool-exhaustion.js'
import { regression } from './rules/regression.js'
import { retryStorm } from './rules/retry-storm.js'
import { sequentialAwaits } from './rules/sequential-awaits.js'
import { slowDependency } from './rules/slow-dependency.js'
import { slowOperations } from './rules/slow-operations.js'
import { syncIo } from './rules/sync-io.js'
import { tailLatency } from './rules/tail-latency.js'
import { threadpoolSaturation } from './rules/threadpool-saturation.js'

/** A new cause is one file in `rules/`, its test, and a line here. */
export function optimizerRules(): OptimizerRule[] {
  return [
    // the first that lacks a capture gets it: short ones of what is certain first, the long one of a heap after them
    handleLeak(),
    threadpoolSaturation(),
    // before who holds the loop: it asks where collections are a good part of what the loop does, and then they may be why
    gcPressure(),
    eventLoopBlocked(),
    syncIo(),
    memoryLeak(),
    cpuThrottled(),
    highCpuUsage(),
    highMemoryUsage(),
    highDiskUsage(),
    highErrorRate(),
    nPlusOne(),
    sequentialAwaits(),
    databaseSlowness(),
    slowDependency(),
    retryStorm(),
    connectionChurn(),
    poolExhaustion(),
    tailLatency(),
    concurrencyIssues(),
    largePayload(),
    cacheableRepeat(),
    regression(),
    slowOperations(),
    networkLatency(),
  ]
}
