import { describe, expect, it } from 'vitest'
import { slowOperations } from '../../../src/optimizer/rules/slow-operations.js'
import { constant, HOSTILE_NAMES, type OperationDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'

const rule = slowOperations()
const OTHERS: OperationDescription = { operation: 'GET /quick', durations: constant(100, 20) }
const QUIET_LOOP = {
  eventLoopUtilizationPercent: constant(60, 12),
  'eventLoopDelay.maxMs': constant(60, 5),
  'eventLoopDelay.p99Ms': constant(60, 2),
}

/** A route of `count` runs that spends `share` of its time in calls of one child. */
function caller(
  operation: string,
  of: { count: number; ms: number; child: [string, string]; callsPerRun: number; share: number },
): OperationDescription {
  const [component, child] = of.child
  return {
    operation,
    durations: constant(of.count, of.ms),
    children: [{ component, operation: child, calls: of.count * of.callsPerRun, totalMs: of.count * of.ms * of.share }],
  }
}

describe('slow-operations', () => {
  it('fires above the threshold and not at it, and needs runs and slow ones', () => {
    expect(analyse(rule, { operations: [{ operation: 'GET /', durations: constant(50, 1000) }] })).toEqual([])
    expect(analyse(rule, { operations: [{ operation: 'GET /', durations: constant(19, 9000) }] })).toEqual([])
    expect(
      analyse(rule, { operations: [{ operation: 'GET /', durations: [...constant(46, 10), ...constant(4, 9000)] }] }),
    ).toEqual([])
    expect(analyse(rule, {})).toEqual([])
    const [finding] = analyse(rule, { operations: [OTHERS, { operation: 'GET /', durations: constant(50, 1001) }] })
    expect(finding?.bottleneck).toMatchObject({ component: 'http', operation: 'GET /' })
    expect(evidence(finding, 'slowCount')).toBe(50)
  })

  it('says where the time goes, and what one query instead of 51 would gain', () => {
    const orders = caller('GET /orders', {
      count: 40,
      ms: 1500,
      child: ['db', 'SELECT item'],
      callsPerRun: 51,
      share: 0.92,
    })
    const [finding, ...more] = analyse(rule, {
      runtime: QUIET_LOOP,
      operations: [OTHERS, orders, { component: 'db', operation: 'SELECT item', durations: constant(2040, 27) }],
    })
    expect(more).toEqual([])
    expect(finding?.bottleneck.description).toContain(
      '92 % of its time is in db SELECT item, 51 calls per request, 27.1 ms each.',
    )
    const [recommendation] = finding?.recommendations ?? []
    expect(recommendation?.type).toBe('database-optimization')
    expect(recommendation?.estimatedImpact?.predicted).toBeCloseTo(1500 * (1 - (0.92 * 50) / 51))
  })

  it('looks through handlers and repositories', () => {
    const operations = [
      {
        operation: 'GET /a',
        durations: constant(30, 2000),
        children: [{ component: 'handler', operation: 'list', calls: 30, totalMs: 59_000 }],
      },
      {
        component: 'handler',
        operation: 'list',
        durations: constant(30, 1966),
        children: [{ component: 'repository', operation: 'find', calls: 30, totalMs: 58_000 }],
      },
      {
        component: 'repository',
        operation: 'find',
        durations: constant(30, 1933),
        children: [{ component: 'db', operation: 'SELECT', calls: 30, totalMs: 57_000 }],
      },
      { component: 'db', operation: 'SELECT', durations: constant(30, 1900) },
    ]
    const [finding, ...more] = analyse(rule, { operations })
    expect(more).toEqual([])
    expect(finding?.bottleneck.description).toContain(
      '95 % of its time is in db SELECT, 1 calls per request, 1.9 s each.',
    )
  })

  it.each([
    [['db', 'SELECT'], 1, 'database-optimization'],
    [['db', 'SELECT'], 3, 'concurrency-improvement'],
    [['http-client', 'GET stock.example'], 1, 'caching-strategy'],
    [['http-client', 'POST pay.example'], 1, 'architectural-change'],
    [['http-client', 'GET stock.example'], 8, 'concurrency-improvement'],
  ] as [[string, string], number, string][])('advises for %j called %d times: %s', (child, callsPerRun, type) => {
    const [finding] = analyse(rule, {
      runtime: QUIET_LOOP,
      operations: [OTHERS, caller('GET /a', { count: 40, ms: 1500, child, callsPerRun, share: 0.9 })],
    })
    expect(finding?.recommendations.map((recommendation) => recommendation.type)).toEqual([type])
  })

  it('advises to overlap different calls that run one after another', () => {
    const children = ['users', 'orders', 'stock'].map((host, i) => ({
      component: 'http-client',
      operation: `GET ${host}`,
      calls: 40,
      totalMs: i === 0 ? 24_000 : 18_000,
    }))
    const [finding] = analyse(rule, {
      runtime: QUIET_LOOP,
      operations: [OTHERS, { operation: 'GET /home', durations: constant(40, 1500), children }],
    })
    expect(finding?.recommendations[0]).toMatchObject({
      type: 'concurrency-improvement',
      title: 'Start the 3 calls of GET /home together',
    })
    expect(finding?.recommendations[0]?.estimatedImpact?.predicted).toBeCloseTo(600)
  })

  it('tells work from waiting by how busy the loop was', () => {
    const route = { operation: 'GET /own', durations: constant(25, 1200) }
    const idle = analyse(rule, { runtime: QUIET_LOOP, operations: [OTHERS, route] })[0]
    expect(idle?.recommendations[0]?.title).toBe('Find what GET /own waits for')
    const working = { ...QUIET_LOOP, eventLoopUtilizationPercent: constant(60, 55) }
    const busy = analyse(rule, { runtime: working, operations: [OTHERS, route] })[0]
    expect(busy?.recommendations[0]?.type).toBe('algorithm-optimization')
    const queued = analyse(rule, {
      runtime: { ...QUIET_LOOP, threadPoolDelayMs: constant(60, 400) },
      operations: [OTHERS, route],
    })[0]
    expect(queued?.recommendations[0]?.description).toContain('UV_THREADPOOL_SIZE')
    const noTrees = analyse(rule, { runtime: QUIET_LOOP, operations: [OTHERS, { ...route, selfMs: null }] })[0]
    expect(noTrees?.recommendations[0]?.description).toContain('Call trees are off')
  })

  it('makes one finding of routes that suffer from the same query', () => {
    const routes = ['GET /a', 'GET /b', 'GET /c'].map((name) =>
      caller(name, { count: 30, ms: 2000, child: ['db', 'SELECT'], callsPerRun: 1, share: 0.95 }),
    )
    const [finding, ...more] = analyse(rule, { runtime: QUIET_LOOP, operations: [OTHERS, ...routes] })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      component: 'db',
      operation: 'SELECT',
      title: 'db SELECT makes 3 operations slow',
    })
  })

  it('does not list the victims of a busy loop as twelve causes', () => {
    const routes = Array.from({ length: 12 }, (_, i) => ({
      operation: `GET /${i}`,
      durations: [...constant(60, 200), ...constant(20, 1300)],
    }))
    const runtime = {
      eventLoopUtilizationPercent: constant(60, 98),
      cpuPercent: constant(60, 99),
      'eventLoopDelay.maxMs': constant(60, 700),
      'eventLoopDelay.p99Ms': constant(60, 500),
    }
    expect(analyse(rule, { runtime, operations: routes })).toEqual([])
    // a query of 8 s is slow whatever the loop does
    const second = caller('GET /second', { count: 40, ms: 8000, child: ['db', 'SELECT'], callsPerRun: 1, share: 0.95 })
    const [finding, ...more] = analyse(rule, { runtime, operations: [...routes, second] })
    expect(more).toEqual([])
    expect(finding?.bottleneck.operation).toBe('GET /second')
    expect(finding?.bottleneck.description).toContain('The event loop was 98 % busy meanwhile')
  })

  it('names who blocks the loop now and then, with the others as its victims', () => {
    const runtime = {
      eventLoopUtilizationPercent: constant(60, 40),
      cpuPercent: constant(60, 40),
      'eventLoopDelay.maxMs': [...constant(48, 2), ...constant(12, 2000)],
    }
    const operations = [
      { operation: 'POST /import', durations: constant(20, 1100) },
      { operation: 'GET /a', durations: [...constant(90, 10), ...constant(10, 1900)] },
      { operation: 'GET /b', durations: [...constant(90, 10), ...constant(10, 1500)] },
    ]
    const [finding, ...more] = analyse(rule, { runtime, operations })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      operation: 'POST /import',
      title: 'POST /import holds the event loop for up to 2 s',
    })
    expect(finding?.bottleneck.description).toContain(
      'Slow because of it, not by themselves: GET /a (p95 1.9 s), GET /b (p95 1.5 s).',
    )
  })

  it('takes no download, no long poll and no start-up for a slow request', () => {
    const download = { operation: 'GET /file', durations: constant(40, 30_000), timeToFirstByte: constant(40, 15) }
    const poll = { operation: 'GET /events', durations: [...constant(20, 2000), ...constant(80, 25_003)] }
    expect(analyse(rule, { operations: [OTHERS, download, poll] })).toEqual([])
    const coldStart = { operation: 'GET /', durations: [...constant(80, 20), ...constant(20, 3000)] }
    const operationColumns = () => ({
      count: constant(60, 1).map((_, i) => (i < 4 ? 5 : i >= 20 ? 2 : 0)),
      failedCount: constant(60, 0),
      totalMs: constant(60, 0).map((_, i) => (i < 4 ? 15_000 : i >= 20 ? 40 : 0)),
    })
    expect(analyse(rule, { operations: [coldStart], operationColumns, startsAfterMs: 60_000 })).toEqual([])
    expect(analyse(rule, { operations: [coldStart], startsAfterMs: 60_000, sampleCount: 8 })).toEqual([])
    expect(analyse(rule, { operations: [coldStart] })).toHaveLength(1)
  })

  it('counts requests that the client gave up before their first byte', () => {
    const route = {
      operation: 'GET /',
      durations: [...constant(80, 20), ...constant(20, 9000)],
      abortedCount: 20,
      timeToFirstByte: constant(80, 20),
    }
    expect(analyse(rule, { operations: [route] })[0]?.bottleneck.description).toContain(
      'In 20 of them the client gave up waiting.',
    )
  })

  it('is low, or nothing, for a rare route that is slow by design', () => {
    const report = { operation: 'GET /report', durations: constant(20, 4000) }
    const [finding] = analyse(rule, { operations: [{ operation: 'GET /', durations: constant(4000, 20) }, report] })
    expect(finding?.bottleneck.severity).toBe('low')
    expect(analyse(rule, { operations: [{ operation: 'GET /', durations: constant(60_000, 60) }, report] })).toEqual([])
  })

  it('survives recursion and callers in a circle', () => {
    const call = (operation: string) => ({ component: 'x', operation, calls: 30, totalMs: 50_000 })
    const operations = [
      { operation: 'GET /', durations: constant(30, 2000), children: [call('a')] },
      { component: 'x', operation: 'a', durations: constant(30, 1900), children: [call('b'), call('a')] },
      { component: 'x', operation: 'b', durations: constant(30, 1800), children: [call('a')] },
    ]
    expect(analyse(rule, { runtime: QUIET_LOOP, operations })).toHaveLength(1)
  })

  it.each(HOSTILE_NAMES)('writes one line for an operation named %j', (operation) => {
    const [finding] = analyse(rule, {
      operations: [caller(operation, { count: 40, ms: 1500, child: ['db', operation], callsPerRun: 9, share: 0.9 })],
    })
    expect(finding?.bottleneck.operation).toBe(operation)
    expect(
      `${finding?.bottleneck.title}${finding?.bottleneck.description}${finding?.recommendations[0]?.title}`,
    ).not.toMatch(/[\n\u202e]/)
  })
})
