import { expect, test } from 'vitest'
import { barsOf, renderBars } from '../lib/bars.js'
import { comparePairs, spread } from '../lib/statistics.js'

test('a bar that holds and one that does not are told apart, with their figures', () => {
  const bars = barsOf({ http: httpOf({ 'perf-monitor': 12, 'prom-client': 10, 'floor-scope': 11 }) })
  expect(bars).toEqual([
    {
      bar: 'Express 5, one small object: no dearer than `prom-client` by hand',
      figure: '12.0 µs more CPU a request, the bar is at 10.0',
      holds: false,
    },
    {
      bar: 'Express 5, one small object: at most 1.2 times the floor with `AsyncLocalStorage`',
      figure: '12.0 µs more CPU a request, the bar is at 13.2',
      holds: true,
    },
  ])
})

test('everything on is put against half of what OpenTelemetry costs in the same framework', () => {
  const bar = 'Express 5, one small object, everything on: below half of OpenTelemetry without a sampled trace'
  const found = (own, rival, name) => barsOf({ http: httpOf({ 'perf-monitor-everything': own, [name]: rival }) })
  expect(found(40, 90, 'opentelemetry-unsampled')).toMatchObject([{ bar, holds: true }])
  expect(found(50, 90, 'otel-unsampled')).toMatchObject([{ bar, holds: false }])
})

test('single calls, answers for many operations and rest have theirs', () => {
  const answers = (cpuMs, blockMs) => [{ title: 'metrics', cpuMs: spread([cpuMs]), longestBlockMs: spread([blockMs]) }]
  const bars = barsOf({
    micro: {
      subjects: [
        { name: 'record', nanosecondsPerOperation: comparePairs([{ bare: 1, contender: 13 }]) },
        { name: 'begin-end', against: { name: 'clock', ratio: spread([1.3]) } },
      ],
    },
    endpoints: {
      sizes: [
        { operations: 1000, contenders: [{ name: 'perf-monitor', answers: answers(5, 50) }] },
        {
          operations: 10_000,
          contenders: [
            { name: 'perf-monitor', answers: answers(100, 3) },
            { name: 'prom-client', answers: answers(320, 300) },
          ],
        },
      ],
    },
    idle: {
      cpuMsPerMinute: comparePairs([{ bare: 10, contender: 310 }]),
      rssBytes: comparePairs([{ bare: 50e6, contender: 70e6 }]),
    },
  })
  expect(bars.map(({ figure, holds }) => [figure, holds])).toEqual([
    ['12.0 ns', true],
    ['1.30 times', false],
    ['100 ms, `prom-client` 320 ms', true],
    ['3.0 ms', true],
    ['0.50 %', false],
    ['20.0 MB', true],
  ])
})

test('without the figures there is no bar, and without a bar no table', () => {
  expect(renderBars({ http: httpOf({ bare: 0, 'perf-monitor-everything': 40 }) })).toBe('')
  expect(renderBars({})).toBe('')
  expect(renderBars({ http: httpOf({ 'perf-monitor': 12, 'prom-client': 10 }) })).toContain('**does not hold**')
})

function httpOf(addedByName) {
  const contenders = Object.entries(addedByName).map(([name, added]) => ({
    name,
    workloads: ['list', 'object'].map((workload) => ({
      name: workload,
      title: workload === 'object' ? 'one small object' : 'a list',
      cpuMicrosecondsPerRequest: comparePairs([{ bare: 100, contender: 100 + (workload === 'object' ? added : 99) }]),
    })),
  }))
  return { frameworks: [{ name: 'express', title: 'Express 5', contenders, comparisons: [] }] }
}
