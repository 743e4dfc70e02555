// One pass over the given object: every fault is collected, all of them thrown at once; the caller's object is never changed,
// and what is checked is what is used: a plain copy (see read.ts).
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '../clock.js'
import { PerfMonitorError } from '../errors.js'
import type { AuthOptions, PerformanceConfig, ResolvedConfig } from '../types/config.js'
import { INSTRUMENT_NAMES, type InstrumentName } from '../types/instruments.js'
import {
  aBoolean,
  aFunction,
  aNumber,
  anAuth,
  anIgnore,
  anInteger,
  anObjectWith,
  aPath,
  aText,
  type Check,
} from './checks.js'
import {
  DEFAULT_ALERTS,
  DEFAULT_HISTORY,
  DEFAULT_INSTRUMENTS,
  DEFAULT_LIMITS,
  DEFAULT_OPTIMIZER,
  DEFAULT_THRESHOLDS,
  DEFAULTS,
} from './defaults.js'
import { readObject, readOwn } from './read.js'

const DAY_MS = 86_400_000
const aPercentage = aNumber(0, 100, 'percent')

const FIELDS: Record<keyof PerformanceConfig, Check> = {
  enabled: aBoolean,
  serviceName: aText,
  serviceVersion: aText,
  instanceId: aText,
  path: aPath,
  collectionIntervalMs: anInteger(100, 3_600_000, 'milliseconds: 1000 is one second'),
  maxHistoryEntries: anInteger(10, 1_000_000, 'samples'),
  history: () => null,
  enableProfiling: aBoolean,
  enableCpuProfiling: aBoolean,
  enableMemoryProfiling: aBoolean,
  stallThresholdMs: (value) => (value === 0 ? null : anInteger(20, 3_600_000, 'milliseconds; 0 turns it off')(value)),
  enableIoMonitoring: aBoolean,
  enableDashboards: aBoolean,
  exportPrometheus: aBoolean,
  prometheusPort: anInteger(1, 65_535, 'a TCP port'),
  alertThresholds: () => null,
  alerts: () => null,
  optimizer: () => null,
  auth: () => null,
  limits: () => null,
  ignore: anIgnore,
  longLived: anIgnore,
  enableRequestScope: aBoolean,
  serverTiming: aBoolean,
  instruments: () => null,
  logger: anObjectWith(['info', 'warn', 'error'], 'a logger'),
  registry: anObjectWith(
    ['registerMetric', 'metrics', 'getSingleMetric', 'removeSingleMetric'],
    'a prom-client Registry',
  ),
  clock: anObjectWith(['now', 'monotonicMs', 'every', 'after'], 'a clock'),
}

const THRESHOLD_FIELDS: Record<keyof typeof DEFAULT_THRESHOLDS, Check> = {
  cpuUsagePercent: aPercentage,
  memoryUsagePercent: aPercentage,
  responseTimeMs: aNumber(0, DAY_MS, 'milliseconds'),
  errorRatePercent: aPercentage,
  diskUsagePercent: aPercentage,
  networkLatencyMs: aNumber(0, DAY_MS, 'milliseconds'),
}

const ALERT_FIELDS: Record<keyof NonNullable<PerformanceConfig['alerts']>, Check> = {
  rules: notYet('rules of your own'),
  notifiers: notYet('notifiers'),
  windowMs: anInteger(1000, 3_600_000, 'milliseconds'),
  pendingMs: anInteger(0, DAY_MS, 'milliseconds'),
  resolveMs: anInteger(0, DAY_MS, 'milliseconds'),
  minimumCount: anInteger(1, 1_000_000_000, 'operations'),
}

const OPTIMIZER_FIELDS: Record<keyof NonNullable<PerformanceConfig['optimizer']>, Check> = {
  advisor: aFunction,
  adviceIntervalMs: anInteger(10_000, DAY_MS, 'milliseconds'),
  adviceTimeoutMs: anInteger(1000, 3_600_000, 'milliseconds'),
}

const HISTORY_FIELDS: Record<keyof NonNullable<PerformanceConfig['history']>, Check> = {
  file: () => 'nothing yet: a history file is not available in this version, leave it out to keep history in memory',
  retentionMs: anInteger(60_000, 400 * DAY_MS, 'milliseconds'),
}

const INSTRUMENT_FIELDS = Object.fromEntries(INSTRUMENT_NAMES.map((name) => [name, aBoolean])) as Record<
  InstrumentName,
  Check
>

const LIMIT_FIELDS = Object.fromEntries(
  Object.keys(DEFAULT_LIMITS).map((name) => [
    name,
    anInteger(1, 2 ** 40, name.endsWith('Bytes') ? 'bytes' : 'entries'),
  ]),
) as Record<keyof typeof DEFAULT_LIMITS, Check>

/** Names of all fields, sections as `section.field`: for the documentation test. */
export const CONFIG_FIELD_NAMES: readonly string[] = [
  ...Object.keys(FIELDS),
  ...Object.keys(THRESHOLD_FIELDS).map((name) => `alertThresholds.${name}`),
  ...Object.keys(ALERT_FIELDS).map((name) => `alerts.${name}`),
  ...Object.keys(OPTIMIZER_FIELDS).map((name) => `optimizer.${name}`),
  ...Object.keys(HISTORY_FIELDS).map((name) => `history.${name}`),
  ...Object.keys(LIMIT_FIELDS).map((name) => `limits.${name}`),
  ...INSTRUMENT_NAMES.map((name) => `instruments.${name}`),
]

/**
 * Fills in the defaults.
 * @throws PerfMonitorError `PERF_CONFIG_INVALID` with one line for every bad or unknown field
 */
export function resolveConfig(config: PerformanceConfig = {}): ResolvedConfig {
  const faults: string[] = []
  const given = readObject(config, FIELDS, '', faults) as PerformanceConfig
  const alertThresholds = readObject(given.alertThresholds, THRESHOLD_FIELDS, 'alertThresholds', faults)
  const { rules: _rules, notifiers: _notifiers, ...alerts } = readObject(given.alerts, ALERT_FIELDS, 'alerts', faults)
  const { retentionMs = DEFAULT_HISTORY.retentionMs } = readObject(given.history, HISTORY_FIELDS, 'history', faults)
  const optimizer = readObject(given.optimizer, OPTIMIZER_FIELDS, 'optimizer', faults)
  const limits = readObject(given.limits, LIMIT_FIELDS, 'limits', faults)
  const instruments = readObject(given.instruments, INSTRUMENT_FIELDS, 'instruments', faults)
  const auth = readOwn(given.auth, anAuth, 'auth', faults)
  if (faults.length > 0) {
    const list = faults.length === 1 ? faults[0] : `${faults.length} faults:\n  - ${faults.join('\n  - ')}`
    throw new PerfMonitorError('PERF_CONFIG_INVALID', `bad configuration: ${list}`)
  }

  const found = given.serviceName && given.serviceVersion ? null : nearestPackage()
  return Object.freeze({
    ...DEFAULTS,
    ...defined(pick(given, Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[])),
    serviceName: given.serviceName ?? found?.name ?? 'node-app',
    serviceVersion: given.serviceVersion ?? found?.version ?? null,
    instanceId: given.instanceId ?? `${hostname()}:${process.pid}`,
    prometheusPort: given.prometheusPort ?? null,
    history: Object.freeze({ ...DEFAULT_HISTORY, retentionMs: retentionMs as number }),
    alertThresholds: Object.freeze({ ...DEFAULT_THRESHOLDS, ...alertThresholds }),
    alerts: Object.freeze({ ...DEFAULT_ALERTS, ...alerts }),
    optimizer: Object.freeze({ advisor: null, ...DEFAULT_OPTIMIZER, ...optimizer }),
    limits: Object.freeze({ ...DEFAULT_LIMITS, ...limits }),
    instruments: Object.freeze({ ...DEFAULT_INSTRUMENTS, ...instruments }),
    auth: (auth ?? null) as AuthOptions | null,
    ignore: Object.freeze(given.ignore === undefined ? [] : [given.ignore].flat()),
    longLived: Object.freeze(given.longLived === undefined ? [] : [given.longLived].flat()),
    logger: given.logger ?? console,
    registry: given.registry ?? null,
    clock: given.clock ?? systemClock,
  })
}

function notYet(what: string): Check {
  return (value) =>
    Array.isArray(value) && value.length === 0 ? null : `an empty array: ${what} are not available in this version`
}

function pick<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(keys.map((key) => [key, object[key]])) as Partial<Pick<T, K>>
}

function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never
}

/** Name and version from the package.json nearest to the program that runs, or else to the working directory. */
function nearestPackage(): { name: string; version: string | null } | null {
  const program = process.argv[1]
  const starts = program === undefined || program.includes('node_modules') ? [] : [dirname(program)]
  for (const start of [...starts, process.cwd()]) {
    let folder = start
    for (;;) {
      const found = readPackage(join(folder, 'package.json'))
      if (found !== null) return found
      if (dirname(folder) === folder) break
      folder = dirname(folder)
    }
  }
  return null
}

function readPackage(file: string): { name: string; version: string | null } | null {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8'))
    return typeof name === 'string' ? { name, version: typeof version === 'string' ? version : null } : null
  } catch {
    return null // none here, or not readable: the next folder up decides
  }
}
