import { describe, expect, it } from 'vitest'
import { networkLatency } from '../../../src/optimizer/rules/network-latency.js'
import { constant, HOSTILE_NAMES, type OperationDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'

const rule = networkLatency()
const ROUTE = { operation: 'GET /', durations: constant(100, 900) }

function connect(operation: string, durations: number[], failedCount = 0): OperationDescription {
  return { component: 'connect', operation, durations, failedCount }
}

describe('network-latency', () => {
  it('names the host and its own percentiles, above the threshold and not at it', () => {
    expect(analyse(rule, { operations: [ROUTE, connect('far.example', constant(20, 500))] })).toEqual([])
    const [finding] = analyse(rule, {
      operations: [ROUTE, connect('far.example', [...constant(18, 600), 700, 800], 2)],
    })
    expect(finding?.bottleneck).toMatchObject({ component: 'connect', operation: 'far.example' })
    expect(finding?.bottleneck.title).toBe('Connecting to far.example takes 615 ms')
    expect([evidence(finding, 'connectP50Ms'), evidence(finding, 'connectP99Ms')]).toEqual([600, 800])
    expect(finding?.recommendations[0]?.type).toBe('architectural-change')
  })

  it('advises kept-alive connections where requests open their own, and predicts requests without connects', () => {
    const requests = { component: 'http-client', operation: 'GET far.example', durations: constant(100, 700) }
    const [finding] = analyse(rule, { operations: [ROUTE, connect('far.example', constant(100, 600)), requests] })
    expect(finding?.recommendations[0]).toMatchObject({
      type: 'configuration-tuning',
      title: 'Keep connections to far.example alive',
      estimatedImpact: { metric: 'averageDurationMs', current: 700, predicted: 100 },
    })
  })

  it('recognizes lost packets by quick medians and second-long tails', () => {
    const [finding] = analyse(rule, {
      operations: [
        ROUTE,
        connect('far.example', [...constant(16, 30), ...constant(14, 1030)].concat(constant(2, 3030))),
      ],
    })
    expect(finding?.recommendations[0]?.title).toContain('lost packets')
    expect(finding?.recommendations[0]?.description).toContain('Half of the connects take 30 ms or less')
  })

  it('sees lost packets where one connect in twenty is hit, however quick the others are', () => {
    const connects = (lost: number) => connect('far.example', [...constant(100 - lost, 0.6), ...constant(lost, 1030)])
    const [finding] = analyse(rule, { operations: [ROUTE, connects(8)] })
    expect(finding?.bottleneck.title).toBe('One in twenty connections to far.example takes 1.03 s')
    expect(finding?.recommendations[0]?.title).toContain('lost packets')
    expect(analyse(rule, { operations: [ROUTE, connects(3)] })).toEqual([])
    const few = connect('far.example', [...constant(18, 0.6), ...constant(2, 1030)])
    expect(analyse(rule, { operations: [ROUTE, few] })).toEqual([])
  })

  it('looks on this side when all hosts are slow', () => {
    const hosts = ['a.example', 'b.example', 'c.example'].map((host) => connect(host, constant(10, 900)))
    const [finding, ...more] = analyse(rule, { operations: [ROUTE, ...hosts] })
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ component: 'connect', operation: null })
    expect(analyse(rule, { operations: [ROUTE, ...hosts, connect('near.example', constant(10, 5))] })).toHaveLength(3)
  })

  it('needs connections, and leaves to the loop what the loop explains', () => {
    expect(analyse(rule, { operations: [ROUTE, connect('far.example', constant(4, 900))] })).toEqual([])
    const runtime = {
      eventLoopUtilizationPercent: constant(60, 99),
      'eventLoopDelay.maxMs': constant(60, 400),
      'eventLoopDelay.p99Ms': constant(60, 300),
    }
    expect(analyse(rule, { runtime, operations: [ROUTE, connect('far.example', constant(20, 700))] })).toEqual([])
    expect(analyse(rule, {})).toEqual([])
  })

  it.each(HOSTILE_NAMES)('writes one line for a host named %j', (operation) => {
    const [finding] = analyse(rule, { operations: [ROUTE, connect(operation, constant(20, 900))] })
    expect(`${finding?.bottleneck.title}${finding?.bottleneck.description}`).not.toMatch(/[\n\u202e]/)
  })
})
