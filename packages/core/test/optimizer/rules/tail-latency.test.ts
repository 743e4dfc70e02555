import { describe, expect, it } from 'vitest'
import { tailLatency } from '../../../src/optimizer/rules/tail-latency.js'
import { constant, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'
import { capturing, kept, type SpanDescription } from './kept.js'

const rule = tailLatency()
const QUIET = { eventLoopUtilizationPercent: constant(60, 12), 'eventLoopDelay.maxMs': constant(60, 4) }
/** 95 % take 8 ms, the others wait for anything up to 900 ms. */
const WAITS = [...constant(950, 8), ...Array.from({ length: 50 }, (_, i) => 30 + i * 18)]

function found(durations: readonly number[], spans: (ms: number) => SpanDescription[], more: WindowDescription = {}) {
  const traces = [820, 640, 500, 8, 8.1, 8.2].map((ms) => kept('POST /stock', ms, spans(ms)))
  return analyse(
    rule,
    { runtime: QUIET, ...more, operations: [{ operation: 'POST /stock', durations }] },
    { captures: capturing(traces) },
  )
}

const noCalls = () => []

describe('tail-latency', () => {
  it('says that slow ones wait in no call, and what p99 would be without', () => {
    const [finding, ...more] = found(WAITS, noCalls)
    expect(more).toEqual([])
    expect(finding?.bottleneck.operation).toBe('POST /stock')
    expect(finding?.bottleneck.description).toContain(
      'in no call that is measured (a lock, a queue, a limiter, a timer)',
    )
    expect(evidence(finding, 'slowShare')).toBeCloseTo(5, 0)
    expect(finding?.recommendations[0]?.estimatedImpact).toMatchObject({ metric: 'p99Ms', predicted: 8 })
  })

  it('names the call that takes longer in slow ones', () => {
    const spans = (ms: number) => [{ component: 'lock', operation: 'acquire', startMs: 1, durationMs: ms - 7 }]
    const [finding] = found(WAITS, spans)
    expect(finding?.bottleneck.description).toContain('more than the others in `lock acquire`')
  })

  it('leaves the miss of a cache: a call that only slow ones make, or one slow time', () => {
    const miss = (ms: number) =>
      ms > 100 ? [{ component: 'http-client', operation: 'GET origin', startMs: 1, durationMs: ms - 7 }] : []
    expect(found(WAITS, miss)).toEqual([])
    const twoModes = [...constant(900, 8), ...Array.from({ length: 100 }, (_, i) => 145 + (i % 10))]
    expect(found(twoModes, noCalls)).toEqual([])
  })

  it('leaves what the event loop, start-up or chance explains', () => {
    const blocked = { runtime: { ...QUIET, 'eventLoopDelay.maxMs': constant(60, 700) } }
    expect(found(WAITS, noCalls, blocked)).toEqual([])
    expect(found([...constant(990, 8), ...constant(10, 800)], noCalls)).toEqual([])
    expect(found(WAITS.slice(-60), noCalls)).toEqual([])
    expect(analyse(rule, { runtime: QUIET, operations: [{ operation: 'POST /stock', durations: WAITS }] })).toEqual([])
  })

  it('is not put off by a lone stand-still of the loop', () => {
    const maxima = [...constant(40, 4), 800, ...constant(19, 4)]
    expect(found(WAITS, noCalls, { runtime: { ...QUIET, 'eventLoopDelay.maxMs': maxima } })).toHaveLength(1)
  })

  it('does not take work that others stretch on a crowded host for a wait', () => {
    const hashes = [...constant(125, 76), ...Array.from({ length: 12 }, (_, i) => 240 + i * 35)]
    const traces = [620, 540, 400, 75, 76, 77].map((ms) => kept('POST /sessions', ms, []))
    const of = (percent: number) => ({
      runtime: QUIET,
      system: { cpuUsagePercent: constant(60, percent) },
      operations: [{ operation: 'POST /sessions', durations: hashes }],
    })
    expect(analyse(rule, of(40), { captures: capturing(traces) })).toHaveLength(1)
    expect(analyse(rule, of(95), { captures: capturing(traces) })).toEqual([])
  })

  it('does not blame a service on a host whose CPU others use', () => {
    const busy = { system: { cpuUsagePercent: constant(60, 98) } }
    const spans = (ms: number) => [{ component: 'db', operation: 'SELECT', startMs: 1, durationMs: ms - 7 }]
    expect(found(WAITS, spans)).toHaveLength(1)
    expect(found(WAITS, spans, busy)).toEqual([])
    expect(found(WAITS, noCalls, busy)).toHaveLength(1)
  })

  it('does not take a turn of the CPU that all routes wait for, on a crowded host, for a lock of one', () => {
    const traces = [820, 640, 500, 8, 8.1, 8.2].map((ms) => kept('POST /stock', ms, []))
    const beside = (percent: number, durations: readonly number[]) => ({
      runtime: QUIET,
      system: { cpuUsagePercent: constant(60, percent) },
      operations: [
        { operation: 'POST /stock', durations: WAITS },
        { operation: 'GET /stock', durations },
      ],
    })
    const as = (percent: number, durations: readonly number[]) =>
      analyse(rule, beside(percent, durations), { captures: capturing(traces) })
    expect(as(98, WAITS)).toEqual([])
    expect(as(98, constant(1000, 8))).toHaveLength(1)
    expect(as(40, WAITS)).not.toEqual([])
  })
})
