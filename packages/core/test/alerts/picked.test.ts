import { describe, expect, it } from 'vitest'
import { builtInRules } from '../../src/alerts/built-in-rules.js'
import { PickedOperations } from '../../src/alerts/picked.js'
import type { Histogram } from '../../src/histogram/histogram.js'
import type { OperationInterval } from '../../src/histogram/interval.js'
import type { Directory } from '../../src/history/accumulator.js'
import { runAtOnce } from '../../src/history/slices.js'
import { SlidingWindow } from '../../src/history/sliding-window.js'
import type { AlertCondition, AlertRule } from '../../src/types/alerts.js'
import { atOnce, isSteps } from '../../src/types/reading.js'
import type { MetricsWindow, OperationView } from '../../src/types/window.js'
import { histogramOf, randomNumbers, sampleOf } from '../history/helpers.js'
import { OPTIONS } from './rules/rules.js'

const COMPONENTS = ['http', 'handler', 'db', 'connect', 'job']
const OPERATIONS = 40
const WINDOW_MS = 5000
const LATEST = { system: null, runtime: null }

function directoryOf(components: readonly string[], keepsChildren: boolean): Directory {
  const entries = Array.from({ length: OPERATIONS }, (_, id) => ({
    component: components[id % components.length] as string,
    operation: `operation ${id}`,
    active: 0,
    activeStreams: 0,
    lastUpdatedMs: null,
  }))
  return { keepsChildren, lookUp: (id) => entries[id] as (typeof entries)[number] }
}

/** What some of the operations did: quick or slow, failing or not, calling others and themselves. */
function randomIntervals(random: () => number, share: number): OperationInterval[] {
  const intervals: OperationInterval[] = []
  for (let id = 0; id < OPERATIONS; id++) {
    if (random() >= share) continue
    const typicalMs = random() < 0.3 ? 2000 : 10
    const durations = () => Array.from({ length: 1 + Math.floor(random() * 15) }, () => typicalMs * (0.5 + random()))
    const series: { outcome: 'success' | 'failure'; statusCode: null; durations: Histogram }[] = [
      { outcome: 'success', statusCode: null, durations: histogramOf(durations()) },
    ]
    if (random() < 0.3) series.push({ outcome: 'failure', statusCode: null, durations: histogramOf(durations()) })
    const children = Array.from({ length: Math.floor(random() * 3) }, () => ({
      childId: random() < 0.1 ? id : Math.floor(random() * OPERATIONS),
      calls: 1 + Math.floor(random() * 12),
      totalMs: random() * 100,
    }))
    intervals.push({ id, coveredMs: 0, series, children, http: null })
  }
  return intervals
}

function conditionsOf(rule: AlertRule, window: MetricsWindow): AlertCondition[] {
  const returned = rule.evaluate(window)
  const conditions = isSteps<AlertCondition[]>(returned) ? atOnce(returned) : returned
  return conditions.toSorted((a, b) => `${a.component} ${a.operation}`.localeCompare(`${b.component} ${b.operation}`))
}

/** The same window without a word of what changed, and of who called whom: everything has to be walked. */
function walked(window: MetricsWindow): MetricsWindow {
  const plain = (view: OperationView): OperationView =>
    new Proxy(view, {
      get: (of, field) => (field === 'calledCount' ? undefined : Reflect.get(of, field, of)),
    })
  const operations = window.operations.map(plain)
  return { ...window, changes: undefined, operations } as MetricsWindow
}

describe('rules that go by what changed', () => {
  const cases = [
    { name: 'with call trees', components: COMPONENTS, keepsChildren: true },
    { name: 'without call trees', components: COMPONENTS, keepsChildren: false },
    { name: 'without call trees and routes', components: ['db', 'job', 'connect'], keepsChildren: false },
    { name: 'of one component', components: ['job'], keepsChildren: true },
  ]
  for (const { name, components, keepsChildren } of cases) {
    it(`find what a walk over everything finds: ${name}`, () => {
      let found = 0
      let inner = 0
      for (let seed = 1; seed <= 25; seed++) {
        const random = randomNumbers(seed * 7919)
        const window = new SlidingWindow(directoryOf(components, keepsChildren), WINDOW_MS)
        const kept = builtInRules(OPTIONS)
        let timestamp = 1_000_000
        for (let step = 0; step < 40; step++) {
          // a stretch without samples empties the window; most touch few operations, some all of them or none
          timestamp += random() < 0.05 ? 2 * WINDOW_MS : 1000
          const share = random() < 0.1 ? 1 : random() < 0.2 ? 0 : 0.15
          runAtOnce(window.push(sampleOf(timestamp, randomIntervals(random, share))))
          if (random() < 0.1) continue // a sample whose rules were not run
          const now = window.read(LATEST)
          const whole = walked(now)
          const fresh = builtInRules(OPTIONS)
          for (const [index, rule] of kept.entries()) {
            const expected = conditionsOf(fresh[index] as AlertRule, whole)
            expect(conditionsOf(rule, now), `${rule.name}, seed ${seed}, step ${step}`).toEqual(expected)
            // again, of the same sample
            if (random() < 0.1) expect(conditionsOf(rule, now)).toEqual(expected)
            found += expected.length
          }
          inner += now.operations.filter(({ calledCount = 0, count }) => calledCount > count / 2).length
        }
      }
      // the sequences hold what they are to show
      expect(found).toBeGreaterThan(100)
      expect(inner).toBeGreaterThan(100)
    })
  }

  it('is right again after a rule was broken off, and after one that was read by another window', () => {
    const random = randomNumbers(5)
    const directory = directoryOf(COMPONENTS, true)
    const [first, second] = [new SlidingWindow(directory, WINDOW_MS), new SlidingWindow(directory, WINDOW_MS)]
    const slow = builtInRules(OPTIONS).find(({ name }) => name === 'slow-response') as AlertRule
    for (let step = 1; step <= 30; step++) {
      for (const window of [first, second]) {
        runAtOnce(window.push(sampleOf(step * 1000, randomIntervals(random, 0.3))))
        const now = window.read(LATEST)
        if (step % 3 === 0) {
          const steps = slow.evaluate(now) as Generator<void, AlertCondition[]>
          steps.next()
          steps.return([])
        }
        const fresh = builtInRules(OPTIONS).find(({ name }) => name === 'slow-response') as AlertRule
        expect(conditionsOf(slow, now)).toEqual(conditionsOf(fresh, walked(now)))
      }
    }
  })
})

describe('PickedOperations', () => {
  it('looks at what a sample brought and took away, not at the rest of the window', () => {
    const looked: string[] = []
    const picked = new PickedOperations({
      picks: ({ operation, count }) => {
        looked.push(operation)
        return count > 1
      },
    })
    const window = new SlidingWindow(directoryOf(['job'], true), WINDOW_MS)
    const look = (timestamp: number, ids: readonly number[]): string[] => {
      const intervals = ids.map(
        (id): OperationInterval => ({ id, coveredMs: 0, series: series(), children: [], http: null }),
      )
      runAtOnce(window.push(sampleOf(timestamp, intervals)))
      looked.length = 0
      return [...atOnce(picked.in(window.read(LATEST)))].map(({ operation }) => operation)
    }
    const everything = Array.from({ length: OPERATIONS }, (_, id) => id)
    expect(look(1000, everything)).toEqual([])
    expect(looked).toHaveLength(OPERATIONS)
    expect(look(2000, [3])).toEqual(['operation 3'])
    expect(looked).toEqual(['operation 3'])
    expect(look(3000, [])).toEqual(['operation 3'])
    expect(looked).toEqual([])
    // the first sample leaves: all are touched, most are gone
    expect(look(6000, [])).toEqual([])
    expect(looked).toEqual(['operation 3'])
    expect(look(7000, [])).toEqual([])
    expect(look(8000, [5])).toEqual([])
    expect(looked).toEqual(['operation 5'])
  })
})

function series(): { outcome: 'success'; statusCode: null; durations: Histogram }[] {
  return [{ outcome: 'success', statusCode: null, durations: histogramOf([5]) }]
}
