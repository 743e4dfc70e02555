import { describe, expect, it } from 'vitest'
import { handleLeak } from '../../../src/optimizer/rules/handle-leak.js'
import type { WantedCapture } from '../../../src/types/captures.js'
import { constant, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { at, census } from './captured.js'

const rule = handleLeak()

function timers(countAt: (second: number) => number, runtime: WindowDescription['runtime'] = {}): WindowDescription {
  return {
    operations: [
      { operation: 'GET /rooms', durations: constant(900, 4) },
      { operation: 'GET /people', durations: constant(900, 4) },
    ],
    startsAfterMs: 5000,
    gauges: { 'resource.Timeout': Array.from({ length: 60 }, (_, i) => Math.round(countAt(i))) },
    runtime,
  }
}

describe('handle-leak', () => {
  it('finds timers that grow and do not come back, and asks who starts them', () => {
    const wanted: WantedCapture[] = []
    const [finding, ...more] = analyse(
      rule,
      timers((second) => 5 + 15 * second),
      { wanted },
    )
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ type: 'handle-leak', operation: null, location: null })
    expect(evidence(finding, 'growthPerHour')).toBeCloseTo(54_000, -2)
    expect(wanted).toEqual([{ type: 'census', reason: 'handle-leak: Timeout' }])
  })

  it('names who starts them, by a census, and how many each run leaves', () => {
    const censuses = [
      census([
        { type: 'Timeout', created: 400, alive: 0, location: at('src/people.js', 3, 'wait') },
        {
          type: 'Timeout',
          created: 75,
          alive: 37,
          location: at('src/rooms.js', 12, 'watchRoom'),
          operation: 'GET /rooms',
        },
      ]),
    ]
    const [finding] = analyse(
      rule,
      timers((second) => 5 + 15 * second),
      { captures: { censuses } },
    )
    expect(finding?.bottleneck).toMatchObject({ operation: 'GET /rooms', location: { file: 'src/rooms.js', line: 12 } })
    expect(evidence(finding, 'growthPerRequest')).toBeCloseTo(1, 0)
    expect(finding?.recommendations[0]?.estimatedImpact?.metric).toBe('resource.Timeout')
    expect(finding?.recommendations[0]?.description).toContain('clearInterval')
  })

  it.each([
    ['timers that come and go', (second: number) => 40 + 30 * Math.sin(second / 3)],
    ['time-outs that end after a while', (second: number) => Math.min(20, second) * 15],
    ['a handful more', (second: number) => 10 + second / 4],
    ['a pool that opens its connections', (second: number) => 10 + 20 * (1 - Math.exp(-second / 10))],
  ])('is silent about %s', (_name, countAt) => {
    expect(analyse(rule, timers(countAt))).toEqual([])
  })

  it('is silent when as many more requests are in flight', () => {
    const activeRequests = Array.from({ length: 60 }, (_, i) => 15 * i)
    expect(
      analyse(
        rule,
        timers((second) => 5 + 15 * second, { activeRequests }),
      ),
    ).toEqual([])
  })

  it('does not take requests that queue for handles', () => {
    const gauges = { 'resource.FSReqPromise': Array.from({ length: 60 }, (_, i) => 10 * i) }
    expect(analyse(rule, { ...timers(() => 3), gauges })).toEqual([])
  })

  it('reports listeners far beyond what Node warns of', () => {
    const censuses = [
      census([{ type: 'Listener', created: 110, alive: 110, location: at('src/feed.js', 9, 'subscribe') }]),
    ]
    const [finding] = analyse(rule, {}, { captures: { censuses } })
    expect(finding?.bottleneck).toMatchObject({ type: 'handle-leak', location: { file: 'src/feed.js', line: 9 } })
    expect(evidence(finding, 'listenersBeyondLimit')).toBe(110)
    const few = [census([{ type: 'Listener', created: 3, alive: 3 }])]
    expect(analyse(rule, {}, { captures: { censuses: few } })).toEqual([])
  })

  it('takes sockets without a place for more clients, until a census shows who opens them', () => {
    const grows = Array.from({ length: 60 }, (_, i) => 10 + 10 * i)
    const window = { ...timers(() => 3), gauges: { 'resource.TCPSocketWrap': grows } }
    const bySeverity = (sites: Parameters<typeof census>[0]) =>
      analyse(rule, window, { captures: { censuses: [census(sites)] } })[0]?.bottleneck.severity
    expect(bySeverity([{ type: 'TCPWRAP', created: 50, alive: 25, location: null, operation: null }])).toBe('low')
    expect(bySeverity([{ type: 'TCPWRAP', created: 50, alive: 25 }])).toBe('high')
  })

  it('takes sockets and the files that they are for one cause', () => {
    const grows = Array.from({ length: 60 }, (_, i) => 10 + 10 * i)
    const window = { ...timers(() => 3), gauges: { 'resource.TCPSocketWrap': grows, 'resource.openFiles': grows } }
    const censuses = [census([{ type: 'TCPWRAP', created: 50, alive: 25, operation: 'GET /rooms' }])]
    const [first, second] = analyse(rule, window, { captures: { censuses } })
    expect(first?.bottleneck.title).toContain('sockets')
    expect(second === undefined || first?.explains?.(second)).toBe(true)
  })
})
