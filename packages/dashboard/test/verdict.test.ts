import { describe, expect, it } from 'vitest'
import type { RuntimeMetrics, SystemMetrics } from '../../core/src/types/metrics.js'
import { nearestLimit, type VerdictInput, verdict } from '../src/verdict.js'
import { alert, component, finding, operation, recommendation, snapshot } from './fixtures.js'

const calmSystem = {
  cpuUsagePercent: 20,
  memoryUsedBytes: 41,
  memoryTotalBytes: 100,
  disks: null,
} as unknown as SystemMetrics
const runtime = { eventLoopUtilizationPercent: 12, heapUsedBytes: 1, heapLimitBytes: 10 } as unknown as RuntimeMetrics

function traffic(count: number, failed = 0) {
  return {
    http: component(
      { 'GET /': operation({ count }) },
      { successfulOperations: count - failed, failedOperations: failed },
    ),
  }
}

function input(
  fields: Partial<VerdictInput> & { count?: number; failed?: number; system?: SystemMetrics } = {},
): VerdictInput {
  const { count = 1000, failed = 0, system = calmSystem, ...rest } = fields
  return {
    snapshot: snapshot({ componentMetrics: traffic(count, failed), systemMetrics: system, runtimeMetrics: runtime }),
    alerts: [],
    bottlenecks: [],
    recommendations: [],
    ...rest,
  }
}

describe('verdict', () => {
  it('says the first finding, where it is and what it would gain', () => {
    const location = { file: 'src/orders.ts', line: 42, column: 3, function: null }
    const said = verdict(
      input({
        bottlenecks: [finding({ location }), finding({ id: 'f2' }), finding({ id: 'f3' })],
        recommendations: [recommendation()],
      }),
    )
    expect(said).toEqual({
      kind: 'finding',
      severity: 'high',
      text: 'GET /orders is slow: 51 queries per request, from src/orders.ts:42. Fixing it would take its p95 from 480 ms to about 60 ms.',
      moreCount: 2,
    })
  })

  it('names the operation that a title leaves out, and promises nothing without a prediction', () => {
    const bare = recommendation({
      estimatedImpact: { score: 1, metric: 'p95Ms', current: 480, predicted: null, confidence: 0.9 },
    })
    const said = verdict(input({ bottlenecks: [finding({ title: 'Too slow.' })], recommendations: [bare] }))
    expect(said.text).toBe('GET /orders: Too slow.')
  })

  it('says could where the model is not sure, and the best of several', () => {
    const low = recommendation({
      estimatedImpact: { score: 0.1, metric: 'p99Ms', current: 1, predicted: 0.5, confidence: 1 },
    })
    const unsure = recommendation({
      id: 'r2',
      estimatedImpact: { score: 0.9, metric: 'p95Ms', current: 480, predicted: 60, confidence: 0.5 },
    })
    expect(verdict(input({ bottlenecks: [finding()], recommendations: [low, unsure] })).text).toContain(
      'could take its p95 from 480 ms',
    )
  })

  it('says the worst firing alert where there is no finding', () => {
    const alerts = [
      alert(),
      alert({ id: 'a2', severity: 'critical', message: 'Memory at 97 %.' }),
      alert({ id: 'a3', silenced: true, severity: 'critical' }),
      alert({ id: 'a4', state: 'pending' }),
    ]
    expect(verdict(input({ alerts }))).toEqual({
      kind: 'alert',
      severity: 'critical',
      text: 'Memory at 97 %.',
      moreCount: 1,
    })
  })

  it.each([
    [0, 'Too early to say: no requests so far.'],
    [1, 'Too early to say: 1 request so far.'],
    [14, 'Too early to say: 14 requests so far.'],
  ])('is too early with %d requests', (count, text) => {
    expect(verdict(input({ count })).text).toBe(text)
  })

  it('says that all is well, and how near the nearest limit is', () => {
    expect(verdict(input())).toEqual({
      kind: 'well',
      severity: null,
      text: 'All is well: nothing slow, nothing failing, plenty of headroom (memory, the nearest limit, at 41 %).',
      moreCount: 0,
    })
  })

  it('does not promise headroom near a limit, nor calm when requests fail', () => {
    const near = { ...calmSystem, memoryUsedBytes: 93 }
    expect(verdict(input({ system: near })).text).toBe(
      'No finding: nothing slow, nothing failing, the nearest limit is memory, at 93 %.',
    )
    expect(verdict(input({ failed: 20 })).text).toMatch(/^No finding: nothing slow, 2 % of requests failing, /)
  })

  it('adds what is pending', () => {
    const pending = alert({ state: 'pending', message: 'CPU at 81 %' })
    expect(verdict(input({ alerts: [pending] })).text).toMatch(/ To watch: CPU at 81 %\.$/)
  })

  it('counts operations where there is no http', () => {
    const jobs = snapshot({ componentMetrics: { job: component({ run: operation({ count: 3 }) }) } })
    expect(verdict({ ...input(), snapshot: jobs }).text).toBe('Too early to say: 3 operations so far.')
  })
})

describe('nearestLimit', () => {
  it('looks at the fullest disk, and at nothing that was not measured', () => {
    const disks = [{ usedPercent: 30 }, { usedPercent: 86.2 }] as SystemMetrics['disks']
    expect(nearestLimit({ systemMetrics: { ...calmSystem, disks }, runtimeMetrics: null })).toEqual({
      name: 'disk',
      usedPercent: 86.2,
    })
    expect(nearestLimit({ systemMetrics: null, runtimeMetrics: null })).toBeNull()
  })
})
