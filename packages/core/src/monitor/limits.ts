// How full each bounded table is, and what it turned away: for `/health` and the metrics.
import type { AlertManager } from '../alerts/manager.js'
import { MAX_GAUGES } from '../history/gauges.js'
import type { MemoryHistory } from '../history/memory-history.js'
import { MAX_POOLS, type PoolRegistry } from '../instruments/pools.js'
import type { RunCaptures } from '../tracker/captures.js'
import type { Tracker } from '../tracker/tracker.js'
import type { ResolvedConfig } from '../types/config.js'
import type { HealthReport } from '../types/report.js'
import type { Sampler } from './sampler.js'

export interface LimitedParts {
  config: ResolvedConfig
  tracker: Tracker
  history: MemoryHistory
  alerts: AlertManager
  sampler: Sampler
  pools: PoolRegistry
}

export function limitsOf(parts: LimitedParts): HealthReport['limits'] {
  const { tracker, history, alerts, sampler, pools, config } = parts
  const { limits } = config
  const { gaugeNames } = sampler
  const rejected = alerts.rejected
  return [
    {
      name: 'maxOperations',
      limit: limits.maxOperations,
      used: tracker.operationCount,
      rejected: tracker.rejectedOperations,
    },
    {
      name: 'maxChildrenPerOperation',
      limit: limits.maxChildrenPerOperation,
      used: sampler.mostChildren,
      rejected: tracker.rejectedChildren,
    },
    ...captureLimits(tracker.captures),
    {
      name: 'maxHistoryBytes',
      limit: limits.maxHistoryBytes,
      used: history.byteLength,
      rejected: history.droppedForMemory,
    },
    { name: 'gauges', limit: MAX_GAUGES, used: gaugeNames.size, rejected: gaugeNames.rejected },
    { name: 'pools', limit: MAX_POOLS, used: pools.size, rejected: pools.rejected },
    { name: 'maxActiveAlerts', limit: limits.maxActiveAlerts, used: alerts.active.length, rejected: rejected.alerts },
    { name: 'maxSilences', limit: limits.maxSilences, used: alerts.silences.length, rejected: rejected.silences },
  ]
}

function captureLimits(captures: RunCaptures | null): HealthReport['limits'] {
  if (captures === null) return []
  const { traces, sites, errors, repeats } = captures
  const { maxTraces, maxTraceBytes } = traces.limits
  return [
    { name: 'maxTraces', limit: maxTraces, used: traces.size, rejected: traces.evictedForCount },
    { name: 'maxTraceBytes', limit: maxTraceBytes, used: traces.bytes, rejected: traces.evictedForBytes },
    { name: 'maxCallSites', limit: sites.limit, used: sites.used, rejected: sites.rejected },
    { name: 'maxErrorRecords', limit: errors.limit, used: errors.used, rejected: errors.rejected },
    { name: 'maxRepeatKeys', limit: repeats.limit, used: repeats.used, rejected: repeats.rejected },
  ]
}
