import type { AlertRule } from '../types/alerts.js'
import { eventLoopStall } from './rules/event-loop-stall.js'
import { highCpuUsage } from './rules/high-cpu-usage.js'
import { highDiskUsage } from './rules/high-disk-usage.js'
import { highMemoryUsage } from './rules/high-memory-usage.js'
import { networkLatency } from './rules/network-latency.js'
import { operationFailure } from './rules/operation-failure.js'
import type { BuiltInRuleOptions } from './rules/options.js'
import { slowResponse } from './rules/slow-response.js'
import { systemOverload } from './rules/system-overload.js'

/** A new rule is one file in `rules/`, its test, and a line here. */
export function builtInRules(options: BuiltInRuleOptions): AlertRule[] {
  return [
    systemOverload(options),
    highCpuUsage(options),
    highMemoryUsage(options),
    highDiskUsage(options),
    eventLoopStall(options),
    slowResponse(options),
    operationFailure(options),
    networkLatency(options),
  ]
}
