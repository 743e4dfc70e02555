import { describe, expect, it } from 'vitest'
import type { PageData, Verdict } from '../../../core/src/types/report.js'
import {
  liveness,
  withAlert,
  withAlerts,
  withConnected,
  withCourse,
  withDisconnected,
  withFailure,
  withFindings,
  withHistory,
  withHistoryTail,
  withRefused,
  withRoute,
  withSample,
  withSnapshot,
  withTick,
} from '../../src/state/reducers.js'
import { seriesOf } from '../../src/state/series.js'
import { initialState } from '../../src/state/state.js'
import { alert, finding, history, iso, START_MS, sample, snapshot } from '../fixtures.js'

const VERDICT: Verdict = { kind: 'finding', severity: 'high', text: 'GET /orders is slow.', moreCount: 0 }

const LIVE: PageData = {
  mode: 'live',
  basePath: '/perf',
  collectionIntervalMs: 1000,
  service: { name: 'shop', version: null },
  signedIn: false,
}
const fresh = () => initialState(LIVE, '#/', START_MS)

describe('the stream', () => {
  it('makes the page live, moves the figures and the charts', () => {
    const state = withSample(withHistory(fresh(), seriesOf(history([1, 2]))), sample(3000, 5), START_MS + 3100)
    expect(liveness(state)).toBe('live')
    expect(state.latest.system?.cpuUsagePercent).toBe(50)
    expect(state.series?.components.http?.count).toEqual([1, 2, 5])
    expect(state.clockOffsetMs).toBe(-100)
  })

  it('leaves a chart alone whose step is not one sample, or whose range is fixed', () => {
    const coarse = withHistory(fresh(), seriesOf(history([1, 2], 0, 6000)))
    expect(withSample(coarse, sample(13_000, 5), START_MS).series).toBe(coarse.series)
    const fixed = withHistory(withRoute(fresh(), `#/?range=${START_MS}-${START_MS + 5000}`), seriesOf(history([1])))
    expect(withSample(fixed, sample(3000, 5), START_MS).series).toBe(fixed.series)
  })

  it('is stale when nothing came for a while, and live again with the next sample', () => {
    const state = withSample(fresh(), sample(0, 1), START_MS)
    expect(liveness(withTick(state, START_MS + 9000))).toBe('live')
    const stale = withTick(state, START_MS + 11_000)
    expect(liveness(stale)).toBe('stale')
    expect(liveness(withSample(stale, sample(12_000, 1), START_MS + 12_000))).toBe('live')
  })

  it('remembers when the silence began, through every retry', () => {
    const first = withDisconnected(withConnected(fresh()), START_MS, START_MS + 2000)
    const second = withDisconnected(first, START_MS + 2000, START_MS + 6000)
    expect(second.connection).toEqual({ state: 'disconnected', sinceMs: START_MS, retryAtMs: START_MS + 6000 })
    expect(withConnected(second).connection.state).toBe('live')
  })

  it('takes the newest figures from snapshots only while there is no stream', () => {
    const system = { cpuUsagePercent: 11 } as never
    const asked = snapshot({ systemMetrics: system })
    expect(withSnapshot(fresh(), asked, START_MS).latest.system?.cpuUsagePercent).toBe(11)
    const streaming = withSample(fresh(), sample(1000, 1), START_MS + 1000)
    expect(withSnapshot(streaming, asked, START_MS + 1000).latest.system?.cpuUsagePercent).toBe(50)
    const polling = withConnected(streaming, true)
    expect(withSnapshot(polling, asked, START_MS + 1000).latest.system?.cpuUsagePercent).toBe(11)
    expect(liveness(withTick(polling, START_MS + 60_000))).toBe('live')
  })

  it('says when it was refused', () => {
    expect(liveness(withRefused(fresh(), 403, 'not from here'))).toBe('refused')
  })
})

describe('alerts', () => {
  const listed = withAlerts(fresh(), { active: [alert(), alert({ id: 'a2' })], history: [], silences: [] })

  it('replaces an alert that changed', () => {
    const state = withAlert(listed, alert({ id: 'a2', value: 99 }))
    expect(state.alerts?.active.map(({ id, value }) => [id, value])).toEqual([
      ['a2', 99],
      ['a1', 90],
    ])
  })

  it('moves a resolved one to the history', () => {
    const state = withAlert(listed, alert({ state: 'resolved', resolved: true, resolvedAt: iso(5000) }))
    expect(state.alerts?.active.map(({ id }) => id)).toEqual(['a2'])
    expect(state.alerts?.history.map(({ id }) => id)).toEqual(['a1'])
  })

  it('waits for the list before it takes changes', () => {
    const state = fresh()
    expect(withAlert(state, alert())).toBe(state)
  })
})

describe('parts', () => {
  it('remembers what failed until it succeeds', () => {
    const failed = withFailure(withFailure(fresh(), 'report', 'status 500'), 'history', 'status 503')
    expect(failed.failures).toEqual({ report: 'status 500', history: 'status 503' })
    expect(
      withFindings(failed, {
        bottlenecks: [finding()],
        recommendations: [],
        resolved: [],
        verdict: VERDICT,
        advice: null,
      }).failures,
    ).toEqual({
      history: 'status 503',
    })
  })

  it('forgets what failed of a view that is left', () => {
    const there = withRoute(fresh(), '#/trace/t1')
    const failed = withFailure(withFailure(there, 'trace', 'no longer'), 'report', 'status 500')
    expect(withRoute(failed, '#/trace/t1?range=1h').failures).toBe(failed.failures)
    expect(withRoute(failed, '#/trace/t2').failures).toEqual({ report: 'status 500' })
    expect(withRoute(failed, '#/').failures).toEqual({ report: 'status 500' })
  })

  it('joins a tail to the history, and takes it alone where there was none', () => {
    const tail = seriesOf(history([8, 9], 2000))
    expect(withHistoryTail(fresh(), tail, START_MS).series).toBe(tail)
    const whole = withHistory(fresh(), seriesOf(history([1, 2, 3])))
    expect(withHistoryTail(whole, tail, START_MS).series?.components.http?.count).toEqual([1, 2, 8, 9])
  })

  it('drops the course of an operation that is no longer shown', () => {
    const name = { component: 'http', operation: 'GET /' }
    const there = withRoute(fresh(), '#/operation/http/GET%20%2F')
    const shown = withCourse(there, name, seriesOf(history([1])))
    expect(shown.course?.operation).toBe('GET /')
    expect(withRoute(shown, '#/operation/http/GET%20%2F').course).toBe(shown.course)
    expect(withRoute(shown, '#/operation/http/GET%20%2F?range=1h').course).toBeNull()
    expect(withRoute(shown, '#/alerts').course).toBeNull()
    expect(withCourse(fresh(), name, null).course).toBeNull()
  })
})

describe('a report', () => {
  it('is frozen at its end, with its own window', () => {
    const report: PageData = {
      mode: 'report',
      history: history([1, 2]),
      report: {
        timestamp: iso(2000),
        window: { from: iso(0), to: iso(2000) },
        snapshot: snapshot(),
        alerts: [alert(), alert({ id: 'old', state: 'resolved', resolved: true })],
        bottlenecks: [finding()],
        recommendations: [],
        resolved: [],
        verdict: VERDICT,
        advice: null,
      },
    }
    const state = initialState(report, '#/', START_MS + 99_000_000)
    expect(liveness(state)).toBe('frozen')
    expect(state.nowMs).toBe(START_MS + 2000)
    expect(state.reportWindow).toEqual({ fromMs: START_MS, toMs: START_MS + 2000 })
    expect([state.alerts?.active.length, state.alerts?.history.length]).toEqual([1, 1])
    expect(state.series?.times).toHaveLength(2)
  })
})
