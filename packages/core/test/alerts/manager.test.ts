import { beforeEach, describe, expect, it, type Mock, vi } from 'vitest'
import { builtInRules } from '../../src/alerts/built-in-rules.js'
import { AlertManager } from '../../src/alerts/manager.js'
import { ManualClock } from '../../src/clock.js'
import { PerfMonitorError } from '../../src/errors.js'
import { Guard } from '../../src/guard.js'
import type { AlertCondition, AlertRule, PerformanceAlert } from '../../src/types/alerts.js'
import { constant, metricsWindow } from '../helpers/window.js'
import { evaluated, OPTIONS } from './rules/rules.js'

const WINDOW = metricsWindow()
const LIMITS = { maxActiveAlerts: 3, maxAlertHistory: 2, maxSilences: 2 }

let clock: ManualClock
let conditions: AlertCondition[]
let changes: PerformanceAlert[]
let logger: Record<'info' | 'warn' | 'error', Mock<(message: string) => void>>
let guard: Guard
let manager: AlertManager

function condition(fields: Partial<AlertCondition> = {}): AlertCondition {
  return {
    component: 'http',
    operation: 'GET /',
    value: 2,
    threshold: 1,
    unit: 'ms',
    message: 'GET / is slow',
    ...fields,
  }
}

function rule(fields: Partial<AlertRule> = {}): AlertRule {
  return { name: 'slow', type: 'slow-response', severity: 'warning', evaluate: () => conditions, ...fields }
}

function build(rules: AlertRule[]): AlertManager {
  guard = new Guard(clock, { info() {}, warn() {}, error() {} })
  const built = new AlertManager({ rules, pendingMs: 10_000, resolveMs: 30_000, limits: LIMITS, clock, guard, logger })
  built.onChange((alert) => changes.push(alert))
  return built
}

/** One evaluation a second. */
function pass(seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    clock.advance(1000)
    manager.evaluate(WINDOW)
  }
}

beforeEach(() => {
  clock = new ManualClock()
  conditions = []
  changes = []
  logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  manager = build([rule()])
})

describe('states', () => {
  it('goes from pending to firing to resolved', () => {
    conditions = [condition()]
    pass(1)
    const startedAt = new Date(clock.now()).toISOString()
    expect(manager.active).toMatchObject([{ state: 'pending', resolved: false, startedAt, timestamp: startedAt }])
    expect(logger.warn).not.toHaveBeenCalled()
    pass(9)
    expect(manager.active[0]?.state).toBe('pending')
    pass(1)
    expect(manager.active).toMatchObject([{ state: 'firing', startedAt }])
    expect(logger.warn.mock.calls).toEqual([['[perf-monitor] warning: GET / is slow']])
    conditions = []
    pass(30)
    expect(manager.active).toMatchObject([{ state: 'firing' }])
    pass(1)
    expect(manager.active).toEqual([])
    const resolvedAt = new Date(clock.now()).toISOString()
    expect(manager.history).toMatchObject([
      { state: 'resolved', resolved: true, resolvedAt, timestamp: resolvedAt, value: 2 },
    ])
    expect(logger.info.mock.calls).toEqual([['[perf-monitor] resolved: GET / is slow']])
    expect(changes.map(({ state }) => state)).toEqual(['pending', 'firing', 'resolved'])
  })

  it('drops a pending alert silently when its condition goes', () => {
    conditions = [condition()]
    pass(5)
    conditions = []
    pass(1)
    expect([manager.active, manager.history]).toEqual([[], []])
    expect(changes).toHaveLength(1)
    expect(logger.info).not.toHaveBeenCalled()
  })

  it('does not resolve while the condition comes and goes', () => {
    conditions = [condition()]
    pass(11)
    const id = manager.active[0]?.id
    for (let i = 0; i < 5; i++) {
      conditions = []
      pass(29)
      conditions = [condition({ value: 3 + i })]
      pass(1)
    }
    expect(manager.active).toMatchObject([{ id, state: 'firing', value: 7 }])
    expect(logger.warn).toHaveBeenCalledTimes(1)
  })

  it('gives a re-occurrence a new id, and keys by component, operation and labels', () => {
    conditions = [condition(), condition({ operation: 'GET /b' }), condition({ labels: { mount: '/' } }), condition()]
    pass(11)
    const ids = manager.active.map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
    conditions = []
    pass(31)
    conditions = [condition()]
    pass(1)
    expect(ids).not.toContain(manager.active[0]?.id)
  })

  it('takes a rule’s own pendingMs and a condition’s own severity', () => {
    manager = build([rule({ pendingMs: 0 })])
    conditions = [condition({ severity: 'critical' })]
    pass(1)
    expect(manager.active).toMatchObject([{ state: 'firing', severity: 'critical' }])
    expect(logger.error).toHaveBeenCalledTimes(1)
  })
})

describe('containment', () => {
  it('keeps the alerts of a rule that throws, and runs the others', () => {
    const broken = { value: false }
    manager = build([
      rule({
        name: 'broken',
        evaluate: () => {
          if (broken.value) throw new Error('boom')
          return [condition()]
        },
      }),
      rule({ name: 'other' }),
    ])
    pass(11)
    broken.value = true
    conditions = [condition()]
    pass(60)
    expect(manager.active.map(({ rule: name, state }) => [name, state])).toEqual([
      ['broken', 'firing'],
      ['other', 'firing'],
    ])
    expect(guard.faults).toMatchObject([{ part: 'alert rule broken', faults: 60, lastError: 'boom' }])
    broken.value = false
    pass(1)
    expect(guard.faults).toEqual([])
    expect(manager.active).toHaveLength(2)
  })

  it.each([
    null,
    [null],
    [{ ...condition(), value: Number.NaN }],
    [{ ...condition(), operation: 5 }],
    [{ ...condition(), message: undefined }],
    [{ ...condition(), severity: 'fatal' }],
    [{ ...condition(), labels: { a: 1 } }],
  ])('refuses what is no list of conditions: %j', (value) => {
    manager = build([rule({ evaluate: () => value as AlertCondition[] })])
    pass(1)
    expect(manager.active).toEqual([])
    expect(guard.faults).toHaveLength(1)
  })

  it('lets no rejection of an async rule escape', async () => {
    manager = build([rule({ evaluate: (async () => Promise.reject(new Error('async'))) as never })])
    pass(1)
    // vitest fails the run for an unhandled rejection
    await new Promise((resolve) => setImmediate(resolve))
    expect(guard.faults).toMatchObject([{ part: 'alert rule slow' }])
  })

  it('survives listeners and loggers that throw', () => {
    manager.onChange(() => {
      throw new Error('listener')
    })
    logger.warn.mockImplementation(() => {
      throw new Error('logger')
    })
    conditions = [condition()]
    pass(11)
    expect(manager.active).toMatchObject([{ state: 'firing' }])
    expect(guard.faults.map(({ part }) => part)).toEqual(['alert listener', 'alert log'])
  })

  it('hands out copies', () => {
    conditions = [condition({ labels: { mount: '/' } })]
    pass(1)
    const [alert] = manager.active
    if (alert === undefined) throw new Error('no alert')
    alert.state = 'resolved'
    alert.labels.mount = 'changed'
    expect(manager.active).toMatchObject([{ state: 'pending', labels: { mount: '/' } }])
  })

  it('stops telling a listener that left', () => {
    const seen: string[] = []
    const leave = manager.onChange(({ state }) => seen.push(state))
    conditions = [condition()]
    pass(1)
    leave()
    pass(10)
    expect(seen).toEqual(['pending'])
  })

  it('forges no log line', () => {
    conditions = [condition({ message: 'a\n[perf-monitor] forged' })]
    pass(11)
    expect(logger.warn.mock.calls[0]?.[0]).not.toContain('\n')
  })
})

describe('steps', () => {
  it('runs a rule that yields in steps, contained as any other', () => {
    const seen: string[] = []
    manager = build([
      rule({
        *evaluate() {
          seen.push('first')
          yield
          seen.push('second')
          return [condition()]
        },
      }),
      rule({
        name: 'broken',
        *evaluate() {
          yield
          throw new Error('in a step')
        },
      }),
    ])
    const steps = manager.evaluateInSteps(WINDOW)
    steps.next()
    expect(seen).toEqual(['first'])
    while (!steps.next().done);
    expect(manager.active).toHaveLength(1)
    expect(guard.faults).toMatchObject([{ part: 'alert rule broken', lastError: 'in a step' }])
  })

  it('looks at one operation a step, however many fail and are slow', () => {
    const operations = Array.from({ length: 500 }, (_, i) => ({
      operation: `GET /${i}`,
      durations: constant(20, 5000),
      failedCount: 20,
    }))
    const views = metricsWindow({ operations }).operations
    let looks = 0
    const counted = views.map((view) => ({
      ...view,
      get durations() {
        looks++
        return view.durations
      },
    }))
    manager = build(builtInRules(OPTIONS))
    let most = 0
    for (
      const steps = manager.evaluateInSteps({ ...metricsWindow(), operations: counted });
      !steps.next().done;
      looks = 0
    ) {
      most = Math.max(most, looks)
    }
    expect(most).toBe(1)
  })
})

describe('bounds', () => {
  it('turns conditions away beyond maxActiveAlerts and counts them', () => {
    conditions = Array.from({ length: 5 }, (_, i) => condition({ operation: `GET /${i}` }))
    pass(2)
    expect(manager.active).toHaveLength(3)
    expect(manager.rejected).toEqual({ alerts: 4, silences: 0 })
  })

  it('keeps the newest of history, newest first', () => {
    for (const operation of ['a', 'b', 'c']) {
      conditions = [condition({ operation })]
      pass(11)
      conditions = []
      pass(31)
    }
    expect(manager.history.map(({ operation }) => operation)).toEqual(['c', 'b'])
  })

  it('refuses rules without a name, without evaluate, and twice the same', () => {
    expect(() => build([rule(), rule()])).toThrow(/two alert rules are named "slow"/)
    expect(() => build([rule({ name: '' })])).toThrow(PerfMonitorError)
    expect(() => build([{ name: 'x' } as AlertRule])).toThrow(/alert rule "x" needs `evaluate`/)
  })
})

describe('silences', () => {
  it('marks matching alerts, logs nothing, and ends by the clock', () => {
    const silence = manager.silence({ matcher: { component: 'http' }, durationMs: 60_000, comment: 'deploy' })
    expect(silence).toMatchObject({ comment: 'deploy', endsAt: new Date(clock.now() + 60_000).toISOString() })
    conditions = [condition()]
    pass(30)
    expect(manager.active).toMatchObject([{ state: 'firing', silenced: true }])
    expect(logger.warn).not.toHaveBeenCalled()
    expect(changes.at(-1)).toMatchObject({ state: 'firing', silenced: true })
    pass(30)
    expect(manager.silences).toEqual([])
    expect(manager.active).toMatchObject([{ silenced: false }])
    // it still fires: now somebody has to know
    expect(logger.warn).toHaveBeenCalledTimes(1)
    expect(changes.at(-1)).toMatchObject({ state: 'firing', silenced: false })
  })

  it('matches on every given field only', () => {
    manager.silence({ matcher: { component: 'http', operation: 'GET /other' }, durationMs: 60_000 })
    conditions = [condition()]
    pass(11)
    expect(manager.active).toMatchObject([{ silenced: false }])
  })

  it('logs no resolution while silenced', () => {
    conditions = [condition()]
    pass(11)
    manager.silence({ matcher: { rule: 'slow' }, durationMs: 3_600_000 })
    conditions = []
    pass(31)
    expect(manager.history).toMatchObject([{ silenced: true }])
    expect(logger.info).not.toHaveBeenCalled()
  })

  it('can be ended, once', () => {
    const { id } = manager.silence({ matcher: { type: 'slow-response' }, durationMs: 60_000 })
    expect([manager.unsilence(id), manager.unsilence(id), manager.unsilence('__proto__')]).toEqual([true, false, false])
  })

  it.each([
    [null, /a silence must be/],
    [{ durationMs: 1000 }, /`matcher` must be an object/],
    [{ matcher: {}, durationMs: 1000 }, /`matcher` must have at least one of/],
    [{ matcher: { rulez: 'x' }, durationMs: 1000 }, /`matcher.rulez` is unknown/],
    [{ matcher: { rule: 5 }, durationMs: 1000 }, /`matcher.rule` must be a text/],
    [{ matcher: { rule: 'slow' } }, /`durationMs` must be a number/],
    [{ matcher: { rule: 'slow' }, durationMs: Number.NaN }, /`durationMs`/],
    [{ matcher: { rule: 'slow' }, durationMs: 1e12 }, /`durationMs`/],
    [{ matcher: { rule: 'slow' }, durationMs: 1000, comment: 5 }, /`comment` must be a text/],
  ])('refuses %j and names the field', (input, message) => {
    const refuse = () => manager.silence(input as never)
    expect(refuse).toThrow(PerfMonitorError)
    expect(refuse).toThrow(message)
  })

  it('refuses more than maxSilences and counts it', () => {
    for (const rule of ['a', 'b']) manager.silence({ matcher: { rule }, durationMs: 1000 })
    expect(() => manager.silence({ matcher: { rule: 'c' }, durationMs: 1000 })).toThrow(/maxSilences/)
    expect(manager.rejected.silences).toBe(1)
    clock.advance(1000)
    expect(manager.silence({ matcher: { rule: 'c' }, durationMs: 1000 }).matcher).toEqual({ rule: 'c' })
  })
})

it('builds each built-in rule once, and none of them says anything about an empty window', () => {
  const rules = builtInRules(OPTIONS)
  expect(new Set(rules.map(({ name }) => name)).size).toBe(8)
  for (const built of rules) expect(evaluated(built, metricsWindow({ sampleCount: 0 }))).toEqual([])
})
