// Contract section 2. docs/configuration.md is held to these by a test.
import type { AlertThresholds, Limits, ResolvedConfig } from '../types/config.js'
import { INSTRUMENT_NAMES, type InstrumentName } from '../types/instruments.js'

export const DEFAULT_THRESHOLDS: Readonly<AlertThresholds> = Object.freeze({
  cpuUsagePercent: 80,
  memoryUsagePercent: 85,
  responseTimeMs: 1000,
  errorRatePercent: 5,
  diskUsagePercent: 90,
  networkLatencyMs: 500,
})

export const DEFAULT_LIMITS: Readonly<Limits> = Object.freeze({
  maxOperations: 20_000,
  maxChildrenPerOperation: 64,
  maxHistoryBytes: 64 * 1024 * 1024,
  maxTraces: 2000,
  maxTraceBytes: 16 * 1024 * 1024,
  maxSpansPerTrace: 200,
  maxCallSites: 10_000,
  maxErrorRecords: 2000,
  maxRepeatKeys: 20_000,
  maxActiveAlerts: 1000,
  maxAlertHistory: 1000,
  maxSilences: 100,
  maxStreamClients: 50,
  maxBodyBytes: 65_536,
})

export const DEFAULT_ALERTS: ResolvedConfig['alerts'] = Object.freeze({
  windowMs: 60_000,
  pendingMs: 10_000,
  resolveMs: 30_000,
  minimumCount: 20,
})

export const DEFAULT_OPTIMIZER = Object.freeze({ adviceIntervalMs: 600_000, adviceTimeoutMs: 90_000 })

export const DEFAULT_HISTORY: ResolvedConfig['history'] = Object.freeze({ retentionMs: 86_400_000 })

/** All instruments are on. */
export const DEFAULT_INSTRUMENTS = Object.freeze(
  Object.fromEntries(INSTRUMENT_NAMES.map((name) => [name, true])),
) as Readonly<Record<InstrumentName, boolean>>

/** Defaults that do not depend on the process. */
export const DEFAULTS = Object.freeze({
  enabled: true,
  path: '/perf',
  collectionIntervalMs: 1000,
  maxHistoryEntries: 3600,
  enableProfiling: true,
  enableCpuProfiling: true,
  enableMemoryProfiling: true,
  stallThresholdMs: 100,
  enableIoMonitoring: true,
  enableDashboards: true,
  exportPrometheus: true,
  enableRequestScope: true,
  serverTiming: false,
})
