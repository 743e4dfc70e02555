import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { DEFAULT_THRESHOLDS } from '../../src/config/defaults.js'
import { PerfMonitorError } from '../../src/errors.js'
import { Guard } from '../../src/guard.js'
import { MAX_SLOW_ROUNDS, PerformanceOptimizer, RULE_BUDGET_MS, SET_ASIDE_MS } from '../../src/optimizer/optimizer.js'
import { optimizerRules } from '../../src/optimizer/rules.js'
import { NO_CAPTURES } from '../../src/types/captures.js'
import type { Finding, OptimizerRule } from '../../src/types/findings.js'
import { constant, exactHistogram, metricsWindow, operationView, WINDOW_START } from '../helpers/window.js'

const WINDOW = metricsWindow()

function finding(
  bottleneck: Partial<Finding['bottleneck']> = {},
  recommendations: Finding['recommendations'] = [],
): Finding {
  return {
    bottleneck: {
      type: 'custom-cause',
      severity: 'medium',
      title: 'Title',
      description: 'Description',
      component: 'http',
      operation: 'GET /',
      impactScore: 0.5,
      evidence: [{ metric: 'p95Ms', value: 5, unit: 'ms' }],
      location: null,
      ...bottleneck,
    },
    recommendations,
  }
}

const RECOMMENDATION: Finding['recommendations'][number] = {
  type: 'caching-strategy',
  title: 'Title',
  description: 'Description',
  priority: 'medium',
  implementationEffort: 'low',
  estimatedImpact: null,
}

function rule(name: string, evaluate: OptimizerRule['evaluate']): OptimizerRule {
  return { name, evaluate }
}

function build(...rules: OptimizerRule[]) {
  const clock = new ManualClock()
  const guard = new Guard(clock, { info() {}, warn() {}, error() {} })
  return {
    clock,
    guard,
    optimizer: new PerformanceOptimizer({
      thresholds: DEFAULT_THRESHOLDS,
      clock,
      guard,
      rules,
      cpuMs: () => clock.monotonicMs(),
    }),
  }
}

describe('ranking and identity', () => {
  it('ranks by severity, then by what users feel', async () => {
    const list = [
      finding({ operation: 'a', impactScore: 0.9 }),
      finding({ operation: 'b', severity: 'critical', impactScore: 0.1 }),
      finding({ operation: 'c', severity: 'low', impactScore: 1 }),
      finding({ operation: 'd', impactScore: 0.95 }, [RECOMMENDATION]),
    ]
    const { bottlenecks, recommendations } = await build(rule('r', () => list)).optimizer.analyse(WINDOW)
    expect(bottlenecks.map(({ operation }) => operation)).toEqual(['b', 'd', 'a', 'c'])
    expect(recommendations).toMatchObject([{ bottleneckId: bottlenecks[1]?.id, component: 'http', operation: 'd' }])
  })

  it('keeps ids and the first sighting while the cause lasts, figures aside', async () => {
    let impactScore = 0.1
    const { optimizer } = build(
      rule('r', () => [finding({ impactScore, title: `at ${impactScore}` }, [RECOMMENDATION, RECOMMENDATION])]),
    )
    const first = await optimizer.analyse(WINDOW)
    impactScore = 0.2
    const second = await optimizer.analyse({ ...WINDOW, to: WINDOW.to + 60_000 })
    expect(second.bottlenecks[0]?.id).toBe(first.bottlenecks[0]?.id)
    expect(second.bottlenecks[0]).toMatchObject({
      firstSeen: new Date(WINDOW.to).toISOString(),
      lastSeen: new Date(WINDOW.to + 60_000).toISOString(),
    })
    expect(second.recommendations.map(({ id }) => id)).toEqual(first.recommendations.map(({ id }) => id))
    expect(new Set(second.recommendations.map(({ id }) => id)).size).toBe(2)
    const dayLater = await optimizer.analyse({ ...WINDOW, to: WINDOW.to + 86_400_000 })
    expect(dayLater.bottlenecks[0]?.firstSeen).toBe(new Date(WINDOW.to + 86_400_000).toISOString())
  })

  it('lists the same cause of two rules once, the graver one', async () => {
    const { optimizer } = build(
      rule('a', () => [finding({ severity: 'low' })]),
      rule('b', () => [finding({ severity: 'high' })]),
    )
    expect((await optimizer.analyse(WINDOW)).bottlenecks.map(({ severity }) => severity)).toEqual(['high'])
  })

  it('bounds findings per rule and what it remembers', async () => {
    let round = 0
    const { optimizer } = build(
      rule('r', () => Array.from({ length: 500 }, (_, i) => finding({ operation: `${round}-${i}` }))),
    )
    for (; round < 60; round++) expect((await optimizer.analyse(WINDOW)).bottlenecks).toHaveLength(20)
    round = 0
    // 1,200 causes later the first ones are forgotten
    const again = await optimizer.analyse({ ...WINDOW, to: WINDOW.to + 1000 })
    expect(again.bottlenecks[0]?.firstSeen).toBe(new Date(WINDOW.to + 1000).toISOString())
  })
})

describe('containment', () => {
  it('leaves a rule that throws out of the round, under its name, until it works again', async () => {
    let broken = true
    const { optimizer, guard } = build(
      rule('mine', () => {
        if (broken) throw new Error('boom')
        return []
      }),
      rule('other', () => [finding()]),
    )
    expect((await optimizer.analyse(WINDOW)).bottlenecks).toHaveLength(1)
    expect(guard.faults).toMatchObject([{ part: 'optimizer rule mine', lastError: 'boom' }])
    broken = false
    await optimizer.analyse(WINDOW)
    expect(guard.faults).toEqual([])
  })

  it.each([
    [{ impactScore: Number.NaN }, /`impactScore`/],
    [{ impactScore: 2 }, /`impactScore`/],
    [{ severity: 'fatal' as never }, /`severity`/],
    [{ title: '' }, /`title`/],
    [{ operation: 5 as never }, /`operation`/],
    [{ evidence: null as never }, /`evidence`/],
    [{ evidence: [{ metric: 'a', value: Number.POSITIVE_INFINITY, unit: '' }] }, /`evidence.value`/],
    [{ location: { file: 'a.js', line: Number.NaN, column: 1, function: null } }, /`location.line`/],
  ])('rejects a malformed finding %j and keeps the others of its rule', async (fields, message) => {
    const { optimizer, guard } = build(rule('r', () => [finding(fields), finding({ operation: 'good' })]))
    expect((await optimizer.analyse(WINDOW)).bottlenecks.map(({ operation }) => operation)).toEqual(['good'])
    expect(guard.faults[0]?.lastError).toMatch(message)
  })

  it('rejects malformed recommendations and what is no list', async () => {
    for (const returned of [
      null,
      {},
      'text',
      [null],
      [{ bottleneck: finding().bottleneck }],
      [finding({}, [{ ...RECOMMENDATION, type: 'pray' as never }])],
    ]) {
      const { optimizer, guard } = build(rule('r', () => returned as never))
      expect((await optimizer.analyse(WINDOW)).bottlenecks).toEqual([])
      expect(guard.total).toBe(1)
    }
  })

  it('lets no rejection of an async rule escape', async () => {
    const { optimizer, guard } = build(rule('r', (async () => Promise.reject(new Error('async'))) as never))
    await optimizer.analyse(WINDOW)
    // vitest fails the run for an unhandled rejection
    await new Promise((resolve) => setImmediate(resolve))
    expect(guard.faults[0]?.lastError).toContain('not a promise')
  })

  it('sets a rule aside that is slow again and again, and tries it later', async () => {
    const { optimizer, guard, clock } = build()
    let runs = 0
    let tookMs = RULE_BUDGET_MS + 1
    optimizer.addRule(
      rule('slow', () => {
        runs++
        clock.advance(tookMs)
        return [finding()]
      }),
    )
    for (let round = 0; round < MAX_SLOW_ROUNDS + 3; round++) await optimizer.analyse(WINDOW)
    expect(runs).toBe(MAX_SLOW_ROUNDS)
    expect(guard.faults[0]).toMatchObject({ part: 'optimizer rule slow', faults: 1 })
    expect(guard.faults[0]?.lastError).toContain('set aside for 10 min')
    clock.advance(SET_ASIDE_MS)
    tookMs = RULE_BUDGET_MS
    expect((await optimizer.analyse(WINDOW)).bottlenecks).toHaveLength(1)
    expect(guard.faults).toEqual([])
  })

  it('runs a rule that yields in slices, and judges it by the longest', async () => {
    const { optimizer, guard, clock } = build()
    let app = 0
    const ran: number[] = []
    optimizer.addRule({
      name: 'steps',
      *evaluate() {
        for (let step = 0; step < 50; step++) {
          // 250 ms in all, never more than 5 at once
          clock.advance(5)
          setImmediate(() => app++)
          yield
          ran.push(app)
        }
        return [finding()]
      },
    })
    for (let round = 0; round < MAX_SLOW_ROUNDS; round++) {
      expect((await optimizer.analyse(WINDOW)).bottlenecks).toHaveLength(1)
    }
    expect(guard.total).toBe(0)
    expect(ran.slice(0, 3)).toEqual([1, 2, 3])
  })

  it.each([
    ['a slice of work', 3, ['a', 'app', 'b']],
    ['the turns of a busy loop are too dear for what takes no time', 0, ['a', 'b']],
  ])('gives the event loop back after %s', async (_name, tookMs, expected) => {
    const order: string[] = []
    const { optimizer, clock } = build(
      rule('a', () => {
        order.push('a')
        setImmediate(() => order.push('app'))
        clock.advance(tookMs)
        return []
      }),
      rule('b', () => {
        order.push('b')
        return []
      }),
    )
    await optimizer.analyse(WINDOW)
    expect(order.slice(0, expected.length)).toEqual(expected)
  })

  it('sets no rule aside for time in which the process was not let run', async () => {
    const clock = new ManualClock()
    const guard = new Guard(clock, { info() {}, warn() {}, error() {} })
    const starved = rule('starved', () => {
      clock.advance(10 * RULE_BUDGET_MS)
      return [finding()]
    })
    const optimizer = new PerformanceOptimizer({
      ...{ thresholds: DEFAULT_THRESHOLDS, clock, guard, rules: [starved] },
      cpuMs: () => 7,
    })
    for (let n = 0; n <= MAX_SLOW_ROUNDS; n++) expect((await optimizer.analyse(WINDOW)).bottlenecks).toHaveLength(1)
    expect(guard.total).toBe(0)
  })
})

describe('rules', () => {
  it('adds and removes them by name', async () => {
    const { optimizer } = build(...optimizerRules())
    const files = readdirSync(new URL('../../src/optimizer/rules', import.meta.url))
    expect([...optimizer.ruleNames].sort()).toEqual(files.map((file) => file.replace(/\.ts$/, '')).sort())
    optimizer.addRule(rule('mine', () => [finding()]))
    expect((await optimizer.analyse(WINDOW)).bottlenecks).toHaveLength(1)
    expect([optimizer.removeRule('mine'), optimizer.removeRule('mine')]).toEqual([true, false])
    expect((await optimizer.analyse(WINDOW)).bottlenecks).toEqual([])
  })

  it.each([
    [null, /`name`/],
    [{ name: '', evaluate: () => [] }, /`name`/],
    [{ name: 'x'.repeat(101), evaluate: () => [] }, /`name`/],
    [{ name: 'x' }, /`evaluate`/],
    [{ name: 'high-cpu-usage', evaluate: () => [] }, /exists: remove it first/],
  ])('refuses %j', (bad, message) => {
    const { optimizer } = build(...optimizerRules())
    expect(() => optimizer.addRule(bad as never)).toThrow(PerfMonitorError)
    expect(() => optimizer.addRule(bad as never)).toThrow(message)
  })

  it('finds nothing in a healthy app, without a walk over buckets per operation', async () => {
    let walks = 0
    const healthy = Array.from({ length: 1000 }, (_, i) => {
      const view = operationView({ operation: `GET /${i}`, durations: constant(50, 20) })
      const histogram = exactHistogram(constant(50, 20))
      const counted = {
        ...histogram,
        quantile: (q: number) => {
          walks++
          return histogram.quantile(q)
        },
      }
      return { ...view, durations: counted, http: { ...view.http, timeToFirstByte: counted } as never }
    })
    const window = metricsWindow({
      operations: healthy,
      system: {
        cpuUsagePercent: constant(60, 30),
        memoryUsedBytes: constant(60, 5),
        memoryTotalBytes: constant(60, 10),
      },
      runtime: {
        eventLoopUtilizationPercent: constant(60, 20),
        cpuPercent: constant(60, 20),
        'eventLoopDelay.maxMs': constant(60, 3),
      },
    })
    const { optimizer, guard } = build(...optimizerRules())
    expect(await optimizer.analyse(window)).toMatchObject({ bottlenecks: [], recommendations: [] })
    expect(guard.total).toBe(0)
    expect(walks).toBe(0)
  })

  it('finds nothing in an empty window, nor in one of nulls', async () => {
    const { optimizer, guard } = build(...optimizerRules())
    const nothing = { bottlenecks: [], recommendations: [], resolved: [], wanted: [], heldMs: 0 }
    expect(await optimizer.analyse(metricsWindow({ sampleCount: 0 }))).toEqual(nothing)
    expect(await optimizer.analyse({ ...WINDOW, from: WINDOW_START, to: WINDOW_START })).toEqual(nothing)
    expect(guard.total).toBe(0)
  })
})

describe('culprits and victims', () => {
  const culprit = (explained: (other: Finding) => boolean, change: Partial<Finding['bottleneck']> = {}): Finding => ({
    ...finding({ type: 'culprit', operation: 'culprit', severity: 'medium', impactScore: 0.1, ...change }),
    explains: explained,
  })

  it('lists what a culprit explains under it, and makes it as grave as that', async () => {
    const slow = finding({ type: 'slow-operations', operation: 'GET /victim', severity: 'critical', impactScore: 0.8 })
    const other = finding({ type: 'high-error-rate', operation: 'GET /other' })
    const { optimizer } = build(
      rule('a', () => [slow, other]),
      rule('b', () => [culprit(({ bottleneck }) => bottleneck.type === 'slow-operations')]),
    )
    const { bottlenecks } = await optimizer.analyse(WINDOW)
    expect(bottlenecks.map(({ type }) => type)).toEqual(['culprit', 'high-error-rate'])
    expect(bottlenecks[0]).toMatchObject({
      severity: 'critical',
      impactScore: 0.8,
      victims: [{ component: 'http', operation: 'GET /victim', metric: 'p95Ms', value: 5, unit: 'ms' }],
    })
  })

  it('lets what is low explain nothing graver', async () => {
    const grave = finding({ operation: 'GET /pool', severity: 'high' })
    const light = finding({ operation: 'GET /other', severity: 'low' })
    const low = culprit(() => true, { severity: 'low' })
    const { bottlenecks } = await build(rule('r', () => [grave, light, low])).optimizer.analyse(WINDOW)
    expect(bottlenecks.map(({ operation }) => operation)).toEqual(['GET /pool', 'culprit'])
  })

  it('follows chains to their root, and keeps the graver of two that explain each other', async () => {
    const a = culprit(({ bottleneck }) => bottleneck.operation === 'b', { operation: 'a', severity: 'high' })
    const b = culprit(({ bottleneck }) => ['a', 'c'].includes(bottleneck.operation as string), { operation: 'b' })
    const c = finding({ operation: 'c' })
    const { bottlenecks } = await build(rule('r', () => [c, b, a])).optimizer.analyse(WINDOW)
    expect(bottlenecks.map(({ operation }) => operation)).toEqual(['a', 'c'])
    expect(bottlenecks[0]?.victims.map(({ operation }) => operation)).toEqual(['b'])
  })

  it('contains an `explains` that throws', async () => {
    const bad = culprit(() => {
      throw new Error('no')
    })
    const { optimizer, guard } = build(rule('r', () => [bad, finding()]))
    expect((await optimizer.analyse(WINDOW)).bottlenecks).toHaveLength(2)
    expect(guard.total).toBe(1)
  })
})

describe('causes that go', () => {
  const OPERATION = operationView({ operation: 'GET /', durations: constant(100, 40) })
  const windowAt = (toMs: number, operations = [OPERATION]) => ({
    ...metricsWindow({ operations }),
    from: toMs - 180_000,
    to: toMs,
  })
  const predicted = { score: 0.5, metric: 'p95Ms', current: 400, predicted: 45, confidence: 0.8 }
  let present = true
  const appearing = () => {
    present = true
    return build(rule('r', () => (present ? [finding({}, [{ ...RECOMMENDATION, estimatedImpact: predicted }])] : [])))
  }

  it('turns resolved after two live rounds with traffic, with predicted beside measured', async () => {
    const { optimizer } = appearing()
    await optimizer.analyse(windowAt(1_000_000), { live: true })
    present = false
    const first = await optimizer.analyse(windowAt(1_010_000), { live: true })
    expect(first.resolved).toEqual([])
    const { bottlenecks, resolved } = await optimizer.analyse(windowAt(1_020_000), { live: true })
    expect(bottlenecks).toEqual([])
    expect(resolved).toMatchObject([
      {
        bottleneck: { state: 'resolved', resolvedAt: new Date(1_020_000).toISOString() },
        recommendations: [{ estimatedImpact: predicted, measured: 40 }],
      },
    ])
  })

  it('stays while the operation has no traffic, comes back as the same, and is not resolved by reports', async () => {
    const { optimizer } = appearing()
    const { bottlenecks } = await optimizer.analyse(windowAt(1_000_000), { live: true })
    present = false
    for (const at of [1_010_000, 1_020_000, 1_030_000]) await optimizer.analyse(windowAt(at, []), { live: true })
    for (const at of [1_040_000, 1_050_000, 1_060_000]) await optimizer.analyse(windowAt(at))
    expect((await optimizer.analyse(windowAt(1_061_000))).resolved).toEqual([])
    for (const at of [1_070_000, 1_080_000]) await optimizer.analyse(windowAt(at), { live: true })
    expect((await optimizer.analyse(windowAt(1_081_000))).resolved).toHaveLength(1)
    present = true
    // a report that reaches back still finds it, but it has gone
    expect((await optimizer.analyse(windowAt(1_082_000))).bottlenecks).toEqual([])
    const again = await optimizer.analyse(windowAt(1_090_000), { live: true })
    expect(again.resolved).toEqual([])
    expect(again.bottlenecks[0]).toMatchObject({ id: bottlenecks[0]?.id, firstSeen: bottlenecks[0]?.firstSeen })
  })
})

describe('captures', () => {
  it('hands them to rules and gathers what rules lack', async () => {
    const stalls = [{ id: 's' }] as never
    const { optimizer } = build(
      rule('r', ({ captures, want }) => {
        want({ type: 'cpu', reason: `stalls: ${captures.stalls.length}` })
        want({ type: 'cpu', reason: 'stalls: 1' })
        return []
      }),
    )
    const { wanted } = await optimizer.analyse(WINDOW, { captures: { ...NO_CAPTURES, stalls } })
    expect(wanted).toEqual([{ type: 'cpu', reason: 'stalls: 1' }])
  })
})
