import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, DEFAULT_THRESHOLDS } from '../../src/config/defaults.js'
import { resolveConfig } from '../../src/config/resolve.js'
import { PerfMonitorError } from '../../src/errors.js'
import type { PerformanceConfig } from '../../src/types/config.js'

function messageOf(config: unknown): string {
  try {
    resolveConfig(config as PerformanceConfig)
  } catch (error) {
    expect(error).toBeInstanceOf(PerfMonitorError)
    expect((error as PerfMonitorError).code).toBe('PERF_CONFIG_INVALID')
    return (error as Error).message
  }
  throw new Error('the configuration was accepted')
}

describe('resolveConfig', () => {
  it('fills in the defaults of the contract', () => {
    const config = resolveConfig()
    expect(config).toMatchObject({
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
      prometheusPort: null,
      auth: null,
      ignore: [],
      alertThresholds: DEFAULT_THRESHOLDS,
      limits: DEFAULT_LIMITS,
    })
    expect(config.instanceId).toMatch(new RegExp(`:${process.pid}$`))
    expect(config.logger).toBe(console)
  })

  it('takes name and version from the nearest package.json', () => {
    const { serviceName, serviceVersion } = resolveConfig()
    expect(serviceName).toBe('@perf-monitor/core')
    expect(serviceVersion).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('names every bad field at once, with what it got and what it takes', () => {
    const message = messageOf({
      collectionIntervalMs: '1s',
      path: 'perf/',
      alertThresholds: { cpuUsagePercent: 120 },
      limits: { maxOperations: 0 },
      auth: { token: '' },
    })
    expect(message).toContain('5 faults')
    expect(message).toContain(
      '`collectionIntervalMs` must be an integer from 100 to 3600000 (milliseconds: 1000 is one second), got "1s"',
    )
    expect(message).toContain('`path` must be a path such as "/perf"')
    expect(message).toContain('`alertThresholds.cpuUsagePercent` must be a number from 0 to 100 (percent), got 120')
    expect(message).toContain('`limits.maxOperations` must be an integer from 1')
    expect(message).toContain('`auth` must be')
  })

  it('refuses unknown fields with the nearest known name', () => {
    expect(messageOf({ colectionIntervalMs: 1000 })).toContain('did you mean `collectionIntervalMs`?')
    expect(messageOf({ alertThresholds: { cpuUsage: 1 } })).toContain('did you mean `alertThresholds.cpuUsagePercent`?')
    expect(messageOf({ zzz: 1 })).toMatch(/`zzz` is unknown$/)
  })

  it('is not fooled by names of Object.prototype', () => {
    expect(messageOf(JSON.parse('{"__proto__": 1, "constructor": 2}'))).toContain('2 faults')
  })

  it.each([
    [{ enabled: 'yes' }, '`enabled` must be true or false, got "yes"'],
    [{ stallThresholdMs: 5 }, '`stallThresholdMs` must be an integer from 20'],
    [{ prometheusPort: 70000 }, '`prometheusPort` must be an integer from 1 to 65535'],
    [{ maxHistoryEntries: Number.NaN }, '`maxHistoryEntries` must be an integer from 10'],
    [{ auth: true }, '`auth` must be false'],
    [{ auth: { username: 'a:b', password: 'c' } }, '`auth` must be a username without a colon'],
    [{ auth: { token: 'x', extra: 1 } }, '`auth` must be false'],
    [{ ignore: [1] }, '`ignore` must be a string'],
    [{ logger: { info() {} } }, '`logger` must be a logger with the methods info, warn, error'],
    [{ registry: {} }, '`registry` must be a prom-client Registry'],
    [{ alerts: { rules: [{}] } }, 'rules of your own are not available in this version'],
    [{ history: { file: '/tmp/x' } }, 'a history file is not available in this version'],
    [{ limits: [] }, '`limits` must be an object, got an array of 0'],
    [null, 'the configuration must be an object, got null'],
    ['x', 'the configuration must be an object, got "x"'],
  ])('%o is refused', (config, expected) => {
    expect(messageOf(config)).toContain(expected)
  })

  it('never shows a secret', () => {
    expect(messageOf({ auth: { token: 'hunter2', username: 'x' } })).not.toContain('hunter2')
  })

  it('leaves the given object as it is, and freezes its own', () => {
    const given = Object.freeze({ alertThresholds: Object.freeze({ responseTimeMs: 300 }) })
    const config = resolveConfig(given)
    expect(config.alertThresholds).toEqual({ ...DEFAULT_THRESHOLDS, responseTimeMs: 300 })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes undefined for not given', () => {
    expect(resolveConfig({ path: undefined, alertThresholds: { responseTimeMs: undefined } })).toMatchObject({
      path: '/perf',
      alertThresholds: { responseTimeMs: 1000 },
    })
  })

  it('takes one ignore matcher or several', () => {
    expect(resolveConfig({ ignore: '/health' }).ignore).toEqual(['/health'])
    expect(resolveConfig({ ignore: ['/health', /^\/static/] }).ignore).toEqual(['/health', /^\/static/])
  })
})
