import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FRAMEWORKS, pairingsOf } from '../http/frameworks.js'
import { WORKLOADS } from '../http/workloads.js'
import { missingFigures } from '../lib/check.js'
import { renderPage } from '../lib/page.js'
import { readNewestResults, writeResult } from '../lib/results.js'
import { comparePairs, spread } from '../lib/statistics.js'

test('the page gives the ratio, its spread and the conditions', () => {
  const page = renderPage([resultOf({})])
  expect(page).toContain('Node 20.20.2, a list of 60 objects: **1.10** times the CPU time of bare Express 5')
  expect(page).toContain('(middle half 1.09 to 1.12), 10 µs more a request')
  expect(page).toContain('measured on 2026-11-23 (linux, 2 cores, server and load generator pinned to a core each)')
  expect(page).toContain('300 ms more CPU a minute (0.50 % of a core), 20.0 MB more memory')
  expect(page).toContain('times the CPU time of bare Fastify 5')
  expect(page).toContain(
    'Fastify 5, one small object: everything on costs **1.10** times the CPU of the spine only (middle half 1.09',
  )
  expect(page).toContain(
    '| Express 5, one small object: no dearer than `prom-client` by hand | 10.0 µs more CPU a request, the bar is at 10.0 | holds |',
  )
  for (const framework of FRAMEWORKS) for (const { title } of pairingsOf(framework)) expect(page).toContain(title)
  expect(page).toContain('| one run | two readings | **10.0** | 9.0 to 12.0 | 8.0 to 14.0 |')
  expect(page).toContain('`begin()` and `end()`: **1.25** times two readings (middle half 1.23 to 1.27), by turns')
  expect(page).toContain('| 10,000 | snapshot | **150.0** (150.0 to 150.0) | 8.17 | **3.5** (3.5 to 3.5) | 6.0 |')
  expect(page).toContain('| 10,000 | `prom-client`: metrics | **350.0**')
  expect(page).toContain('### Express 5, the first 24000 requests of a process, while V8 compiles')
  expect(page).toContain('| `perfMonitor()`, defaults | 1000 (900) | 1.11 | 100 |')
  expect(page).not.toMatch(/NaN|undefined|not measured/)
})

test('a missing figure is named, a bad one is not judged', () => {
  expect(missingFigures(resultOf({}))).toEqual([])
  const broken = resultOf({})
  broken.micro.subjects[0].nanosecondsPerOperation = comparePairs([])
  broken.idle.rssBytes.ratio.median = Number.NaN
  const missing = missingFigures(broken)
  expect(missing).toContain('micro.subjects.0.nanosecondsPerOperation.added.median')
  expect(missing).toContain('idle.rssBytes.ratio.median')
})

test('the newest whole result of each Node version makes the page', () => {
  const directory = mkdtempSync(join(tmpdir(), 'results-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeResult(directory, resultOf({ date: '2026-11-22T10:00:00.000Z' }))
  writeResult(directory, resultOf({ date: '2026-11-23T10:00:00.000Z' }))
  writeResult(directory, resultOf({ date: '2026-11-24T10:00:00.000Z', kind: 'short' }))
  writeResult(directory, resultOf({ date: '2026-11-24T11:00:00.000Z', micro: undefined }))
  writeResult(directory, resultOf({ date: '2026-11-24T12:00:00.000Z', version: '0.0.9' }))
  writeResult(directory, resultOf({ node: '24.21.0' }))
  const found = readNewestResults(directory, '0.1.0').map(({ date, machine }) => [machine.node, date.slice(0, 10)])
  expect(found).toEqual([
    ['20.20.2', '2026-11-23'],
    ['24.21.0', '2026-11-23'],
  ])
})

function resultOf({ node = '20.20.2', ...overrides }) {
  const pairs = [1.08, 1.1, 1.14].map((ratio) => ({ bare: 100, contender: 100 * ratio }))
  const withFigures = (member) => ({
    ...member,
    warmupCpuMs: comparePairs([{ bare: 900, contender: 1000 }]),
    workloads: WORKLOADS.map((workload) => ({ ...workload, ...figures })),
  })
  const figures = { cpuMicrosecondsPerRequest: comparePairs(pairs), requestsPerSecond: comparePairs(pairs), pairs }
  return {
    version: '0.1.0',
    kind: 'full',
    date: '2026-11-23T10:00:00.000Z',
    machine: { node, platform: 'linux', cores: 2, loadAverage: 0.5, loadAverageAfter: 1.5, isPinned: true },
    http: {
      warmupRequests: 8000,
      frameworks: FRAMEWORKS.map((framework) => ({
        ...framework,
        contenders: framework.contenders.map(withFigures),
        comparisons: framework.comparisons.map(withFigures),
      })),
    },
    micro: { rounds: 1, subjects: subjectsOf(pairs) },
    idle: {
      windowMs: 60_000,
      cpuMsPerMinute: comparePairs([{ bare: 100, contender: 400 }]),
      rssBytes: comparePairs([{ bare: 50e6, contender: 70e6 }]),
    },
    endpoints: {
      historySeconds: 3600,
      rounds: 5,
      sizes: [
        {
          operations: 10_000,
          contenders: [
            { name: 'perf-monitor', title: 'perf-monitor', answers: [answerOf('snapshot', 150, 3.5)] },
            { name: 'prom-client', title: '`prom-client`', answers: [answerOf('metrics', 350, 250)] },
          ],
        },
      ],
    },
    ...overrides,
  }
}

function subjectsOf(pairs) {
  const figures = { kind: 'one run', nanosecondsPerOperation: comparePairs(pairs) }
  const against = { name: 'clock', ratio: spread([1.2, 1.25, 1.3]) }
  return [
    { name: 'clock', title: 'two readings', ...figures },
    { name: 'begin-end', title: '`begin()` and `end()`', ...figures, against },
  ]
}

function answerOf(title, cpuMs, blockMs) {
  const [cpu, block, withGc] = [cpuMs, blockMs, blockMs + 2.5].map((ms) => spread([ms]))
  return { title, bytes: 8_170_000, cpuMs: cpu, longestBlockMs: block, longestBlockWithGcMs: withGc }
}
