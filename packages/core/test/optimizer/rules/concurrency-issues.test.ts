import { describe, expect, it } from 'vitest'
import { concurrencyIssues } from '../../../src/optimizer/rules/concurrency-issues.js'
import type { OperationColumns } from '../../../src/types/window.js'
import { constant, type OperationDescription, type WindowDescription } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'

const rule = concurrencyIssues()
const QUIET = { eventLoopUtilizationPercent: constant(60, 12), 'eventLoopDelay.maxMs': constant(60, 4) }

interface Second {
  arrivals: number
}

/** Requests that arrive at the beginning of each second and are served `width` at a time in `serviceMs` each. */
function served(seconds: readonly Second[], { serviceMs, width }: { serviceMs: number; width: number }) {
  const free = constant(width, 0)
  const count = constant(60, 0)
  const totalMs = constant(60, 0)
  const durations: number[] = []
  for (const [second, { arrivals }] of seconds.entries()) {
    for (let n = 0; n < arrivals; n++) {
      const arrivedMs = second * 1000
      const next = free.indexOf(Math.min(...free))
      const endMs = Math.max(arrivedMs, free[next] as number) + serviceMs
      free[next] = endMs
      const row = Math.floor(endMs / 1000)
      if (row >= 60) continue
      count[row] = (count[row] as number) + 1
      totalMs[row] = (totalMs[row] as number) + endMs - arrivedMs
      durations.push(endMs - arrivedMs)
    }
  }
  return { durations, columns: { count, failedCount: constant(60, 0), totalMs } satisfies OperationColumns }
}

function window(
  of: ReturnType<typeof served>,
  more: Partial<OperationDescription> = {},
  runtime = QUIET,
): WindowDescription {
  return {
    runtime,
    operations: [
      { operation: 'GET /exams', durations: constant(100, 4) },
      { operation: 'POST /marks', durations: of.durations, ...more },
    ],
    operationColumns: (_, operation) => (operation === 'POST /marks' ? of.columns : null),
  }
}

const WAVES = Array.from({ length: 60 }, (_, i) => ({ arrivals: i % 10 < 2 ? 80 : 12 }))
const BURSTS = Array.from({ length: 60 }, (_, i) => ({ arrivals: i % 6 === 0 ? 24 : 3 }))

describe('concurrency-issues', () => {
  it('finds a route that runs one at a time, and what it takes without the queue', () => {
    const [finding, ...more] = analyse(rule, window(served(WAVES, { serviceMs: 35, width: 1 })))
    expect(more).toEqual([])
    expect(finding?.bottleneck).toMatchObject({ operation: 'POST /marks' })
    expect(finding?.bottleneck.title).toBe('POST /marks runs one at a time; the others wait')
    expect(evidence(finding, 'saturatesAt')).toBe(1)
    expect(finding?.recommendations[0]?.estimatedImpact).toMatchObject({ metric: 'p95Ms', predicted: 35 })
  })

  it('finds it in bursts that are over within a second', () => {
    const [finding] = analyse(rule, window(served(BURSTS, { serviceMs: 30, width: 1 })))
    expect(evidence(finding, 'saturatesAt')).toBe(1)
  })

  it('is silent where all run at the same time', () => {
    expect(analyse(rule, window(served(WAVES, { serviceMs: 60, width: 500 })))).toEqual([])
    expect(analyse(rule, window(served(BURSTS, { serviceMs: 60, width: 500 })))).toEqual([])
  })

  it('is silent for durations that have nothing to do with the number in flight', () => {
    const durations = Array.from({ length: 3000 }, (_, i) => 20 + ((i * 37) % 130))
    const columns = { count: constant(60, 50), failedCount: constant(60, 0), totalMs: constant(60, 50 * 85) }
    expect(analyse(rule, window({ durations, columns }))).toEqual([])
  })

  it('is silent where the loop is busy, or a database or service takes the time', () => {
    const of = served(WAVES, { serviceMs: 35, width: 1 })
    expect(analyse(rule, window(of, {}, { ...QUIET, eventLoopUtilizationPercent: constant(60, 90) }))).toEqual([])
    const totalMs = of.durations.reduce((sum, ms) => sum + ms, 0)
    const children = [{ component: 'db', operation: 'INSERT', calls: of.durations.length, totalMs: 0.9 * totalMs }]
    expect(analyse(rule, window(of, { children }))).toEqual([])
  })

  it('needs to know when it ran', () => {
    const { operationColumns: _, ...without } = window(served(WAVES, { serviceMs: 35, width: 1 }))
    expect(analyse(rule, without)).toEqual([])
  })
})
