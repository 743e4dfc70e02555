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

  describe('given an instance of a class, or an object with a prototype', () => {
    it('checks what is inherited as what is own', () => {
      class Fast {
        get collectionIntervalMs() {
          return 'fast'
        }
      }
      expect(messageOf(new Fast())).toContain('`collectionIntervalMs` must be an integer from 100 to 3600000')
      const inherited = Object.create({ serviceName: 5, limits: { maxOperations: 'x' }, auth: { tokn: 'a' } })
      const message = messageOf(inherited)
      expect(message).toContain('3 faults')
      expect(message).toContain('`serviceName` must be a non-empty string, got 5')
      expect(message).toContain('`limits.maxOperations` must be')
      expect(message).toContain('`auth` must be')
      expect(messageOf({ limits: Object.create({ maxOperations: 0 }) })).toContain('`limits.maxOperations` must be')
    })

    it('uses what is inherited, in sections too', () => {
      class Config {
        path = '/own'
        get alertThresholds() {
          return Object.create({ responseTimeMs: 250 })
        }
        auth() {
          return true
        }
        isProduction() {
          return false
        }
      }
      const given = new Config()
      const config = resolveConfig(given)
      expect(config).toMatchObject({ path: '/own', alertThresholds: { ...DEFAULT_THRESHOLDS, responseTimeMs: 250 } })
      expect(config.auth).toBe(given.auth)
    })

    it('refuses a typo there, and leaves helpers alone', () => {
      class Typo {
        get colectionIntervalMs() {
          return 1000
        }
      }
      expect(messageOf(new Typo())).toContain('`colectionIntervalMs` is unknown: did you mean `collectionIntervalMs`?')
      expect(messageOf(Object.create({ zzz: 1 }))).toContain('`zzz` is unknown')
    })

    it('reads each field once: what was checked is what is used', () => {
      const reads: string[] = []
      const once =
        <T>(name: string, first: T, later: unknown) =>
        () => {
          reads.push(name)
          return reads.filter((read) => read === name).length === 1 ? first : later
        }
      const limits = Object.defineProperty({}, 'maxOperations', { get: once('max', 5, 'many'), enumerable: true })
      const auth = Object.defineProperty({}, 'token', { get: once('token', 'secret', ''), enumerable: true })
      const given = Object.defineProperties(
        {},
        {
          path: { get: once('path', '/once', 7), enumerable: true },
          limits: { get: once('limits', limits, null), enumerable: true },
          auth: { get: once('auth', auth, false), enumerable: true },
        },
      )
      const config = resolveConfig(given)
      expect(config).toMatchObject({ path: '/once', limits: { maxOperations: 5 }, auth: { token: 'secret' } })
      expect(reads.sort()).toEqual(['auth', 'limits', 'max', 'path', 'token'])
    })

    it('takes nothing from a polluted Object.prototype', () => {
      Object.assign(Object.prototype, { auth: false, polluted: 1 })
      try {
        expect(resolveConfig({}).auth).toBeNull()
        expect(resolveConfig({ auth: false }).auth).toBe(false)
      } finally {
        Reflect.deleteProperty(Object.prototype, 'auth')
        Reflect.deleteProperty(Object.prototype, 'polluted')
      }
    })
  })

  it('makes a getter that throws one line among the faults', () => {
    const given = {
      get path(): string {
        throw new Error('no secret store')
      },
      limits: {
        get maxOperations(): number {
          throw Object.create(null)
        },
      },
      auth: {
        get token(): string {
          throw new Error('locked')
        },
      },
      enabled: 1,
    }
    const message = messageOf(given)
    expect(message).toContain('4 faults')
    expect(message).toContain('`path` cannot be read: no secret store')
    expect(message).toContain('`limits.maxOperations` cannot be read: something that cannot be shown as text')
    expect(message).toContain('`auth` cannot be read: locked')
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(messageOf(proxy)).toContain('the configuration cannot be read')
    expect(messageOf({ limits: proxy })).toContain('`limits` cannot be read')
  })

  it('keeps the message short, whatever the names and values', () => {
    const huge = 'a'.repeat(1_000_000)
    expect(messageOf({ [huge]: 1 })).toMatch(/`a{40}…` is unknown$/)
    expect(messageOf({ limits: { [huge]: 1 } }).length).toBeLessThan(200)
    expect(messageOf({ auth: { [huge]: 1 } }).length).toBeLessThan(300)
    expect(messageOf({ path: Symbol(huge), prometheusPort: BigInt(`1${'0'.repeat(1000)}`) }).length).toBeLessThan(500)
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`zzz${n}`, n]))
    expect(messageOf(many)).toContain('9980 more names are unknown')
    expect(messageOf(many).length).toBeLessThan(2000)
  })
})
