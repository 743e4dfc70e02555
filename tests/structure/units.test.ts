// The unit is in the name: every number of a full snapshot and of the defaults says what it counts.
import { PerformanceMonitor } from '@perf-monitor/core'
import { expect, it } from 'vitest'

const UNIT = /(Ms|Bytes|BytesAverage|BytesP95|Percent|PerSecond|Seconds|Cores|Count|Port)$/
/** Plain counts and identities, whose names are the contract's. */
const COUNTS =
  /^(count|active|pid|totalOperations|successfulOperations|failedOperations|abortedOperations|activeRequests|callsPerParent|max[A-Z]\w*|value|threshold|minimumCount)$/
/** Tables whose keys are names from outside, or whose unit stands with the table. */
const TABLES = new Set(['statusCodes', 'activeResources', 'loadAverage', 'pressure', 'cpuCoresPercent'])

function* numbers(value: unknown, path: string[] = []): Generator<string[]> {
  if (typeof value === 'number') yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    if (!TABLES.has(key)) yield* numbers(child, Array.isArray(value) ? path : [...path, key])
  }
}

function unnamed(value: unknown): string[] {
  return [...numbers(value)]
    .map((path) => path.join('.'))
    .filter((path) => {
      const name = path.split('.').at(-1) as string
      return !UNIT.test(name) && !COUNTS.test(name)
    })
}

it('in a full snapshot', async () => {
  const monitor = new PerformanceMonitor({ collectionIntervalMs: 100, logger: { info() {}, warn() {}, error() {} } })
  await monitor.start()
  await monitor.track('job', 'parent', async () => monitor.track('db', 'child', () => 1))
  monitor.operation('http', 'GET /').recordHttp(5, 'success', 200, 1, 100)
  while (monitor.getSnapshot().systemMetrics === null) await new Promise((resolve) => setTimeout(resolve, 20))
  await monitor.sample()
  const snapshot = monitor.getSnapshot()
  await monitor.stop()
  expect([...numbers(snapshot)].length).toBeGreaterThan(100)
  expect(unnamed(snapshot)).toEqual([])
})

it('in the defaults', () => {
  const { clock: _clock, logger: _logger, ...config } = new PerformanceMonitor({ enabled: false }).config
  expect(unnamed(config)).toEqual([])
})
