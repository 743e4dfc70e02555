import { describe, expect, it } from 'vitest'
import { threadpoolSaturation } from '../../../src/optimizer/rules/threadpool-saturation.js'
import type { WantedCapture } from '../../../src/types/captures.js'
import { constant, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { at, census } from './captured.js'

const rule = threadpoolSaturation()

function queued(of: { delayMs?: number[]; loopMs?: number; cpuPercent?: number } = {}): WindowDescription {
  const { delayMs = constant(60, 150), loopMs = 5, cpuPercent = 180 } = of
  return {
    operations: [
      { operation: 'GET /shares', durations: [...constant(100, 250), ...constant(50, 600)] },
      { operation: 'GET /avatars', durations: [...constant(700, 4), ...constant(300, 160)] },
    ],
    runtime: {
      threadPoolDelayMs: delayMs,
      'eventLoopDelay.p99Ms': constant(60, loopMs),
      cpuPercent: constant(60, cpuPercent),
    },
    latestSystem: { cpuCoresPercent: [90, 90] },
  }
}

const USERS = census([
  { type: 'FSREQPROMISE', created: 120, location: at('src/avatars.js', 5, 'read'), operation: 'GET /avatars' },
  { type: 'SCRYPTREQUEST', created: 90, location: at('src/shares.js', 14, 'keyOf'), operation: 'GET /shares' },
  { type: 'Timeout', created: 900, location: at('src/x.js', 1, 'x') },
])

describe('threadpool-saturation', () => {
  it('names who keeps the threads, through which API, and what waits', () => {
    const [finding, ...more] = analyse(rule, queued(), { captures: { censuses: [USERS] } })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({
      type: 'threadpool-saturation',
      operation: 'GET /shares',
      location: { file: 'src/shares.js', line: 14 },
    })
    expect(finding?.bottleneck.description).toContain(
      '`crypto.scrypt` of GET /shares at `keyOf` (src/shares.js:14) (90 jobs)',
    )
    expect(evidence(finding, 'threadPool.size')).toBe(4)
    expect(['medium', 'high', 'critical']).toContain(finding?.bottleneck.severity)
    expect(finding?.recommendations[0]).toMatchObject({
      type: 'concurrency-improvement',
      estimatedImpact: { metric: 'threadPoolDelayMs', current: 150, predicted: 0.2 },
    })
  })

  it('advises more threads where they wait and do not compute, and tells the size where it is known', () => {
    const censuses = [census([{ type: 'GETADDRINFOREQWRAP', created: 200, operation: 'GET /shares' }])]
    const window = { ...queued({ cpuPercent: 20 }), gauges: { 'threadPool.size': constant(60, 8) } }
    const [finding] = analyse(rule, window, { captures: { censuses } })
    expect(finding?.recommendations[0]?.title).toBe('Start with UV_THREADPOOL_SIZE=16')
    expect(finding?.bottleneck.title).toContain('one of libuv’s 8 threads')
  })

  it('asks for a census until it knows', () => {
    const wanted: WantedCapture[] = []
    const [finding] = analyse(rule, queued(), { wanted })
    expect(wanted.map(({ type }) => type)).toEqual(['census'])
    expect(finding?.bottleneck).toMatchObject({ operation: null, location: null })
  })

  it.each([
    ['a late loop: the machine is short of CPU', queued({ loopMs: 120 })],
    ['a burst', queued({ delayMs: [...constant(50, 0.2), ...constant(10, 300)] })],
    ['a pool that is used', queued({ delayMs: constant(60, 8) })],
    ['too few samples', queued({ delayMs: constant(9, 300) })],
  ])('is silent about %s', (_name, window) => {
    expect(analyse(rule, window)).toEqual([])
  })

  it('on a crowded host, asks for more than threads that wait for a core now and then', () => {
    const delayMs = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 150 : 1))
    const crowded = (of: { delayMs?: number[] }, percent: number) => ({
      ...queued({ ...of, cpuPercent: 20 }),
      system: { cpuUsagePercent: constant(60, percent) },
    })
    expect(analyse(rule, crowded({ delayMs }, 98))).toEqual([])
    expect(analyse(rule, crowded({ delayMs }, 40))).toHaveLength(1)
    expect(analyse(rule, crowded({}, 98))).toHaveLength(1)
  })
})
