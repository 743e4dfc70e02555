import { expect, test } from 'vitest'
import type { Profile, ProfilePlace, ProfileShare } from '../../src/types/metrics.js'
import type { StallRecord } from '../../src/types/stalls.js'
import { withNativePlaces } from '../../src/watchdog/native-places.js'

const location = (line: number) => ({ file: 'src/a.ts', line, column: 1, function: 'f' })
const record = (operation: string | null, more: Partial<StallRecord> = {}): StallRecord => ({
  ...{ id: `http ${operation}`, location: null, stack: [], component: operation === null ? null : 'http', operation },
  ...{ count: 2, totalMs: 400, maxMs: 250, lastMs: 150, maxRequestsInFlight: 4 },
  ...{ firstAt: '2026-01-01T00:00:01.000Z', lastAt: '2026-01-01T00:00:09.000Z' },
  ...more,
})
const share = (operation: string, self: number): ProfileShare => ({ component: 'http', operation, self, percent: 0 })
const place = (line: number, api: string | null, operations: ProfileShare[]): ProfilePlace => ({
  ...{ location: location(line), api, self: 0, percent: 0, stack: [location(99)], operations },
})
const profile = (places: ProfilePlace[], operations: ProfileShare[]): Profile => ({
  ...{ id: 'p', type: 'cpu', state: 'complete', startedAt: '2026-01-01T00:00:00.000Z', durationMs: 1000 },
  ...{ sizeBytes: 1, error: null, unit: 'ms', total: 1000, functions: [], places, operations },
})

test('a native call that took most of the operation is the place', () => {
  const taken = profile(
    [place(7, null, [share('GET /', 900)]), place(8, 'pbkdf2Sync', [share('GET /', 700), share('GET /b', 300)])],
    [share('GET /', 1000), share('GET /b', 1000)],
  )
  const [first, second] = withNativePlaces([record('GET /'), record('GET /b')], [taken])
  expect(first).toMatchObject({ id: 'src/a.ts:8', location: { line: 8 }, operation: 'GET /', totalMs: 400 })
  expect(first?.stack.map(({ line }) => line)).toEqual([8, 99])
  expect(second).toMatchObject({ location: null, operation: 'GET /b' }) // 30 %
})

test.each([
  ['no profile', []],
  ['another operation', [profile([place(8, 'gzipSync', [share('GET /b', 9)])], [share('GET /b', 9)])]],
  ['JavaScript of its own', [profile([place(8, null, [share('GET /', 9)])], [share('GET /', 9)])]],
  ['operations not observed', [profile([place(8, 'gzipSync', [])], [])]],
  ['bytes', [{ ...profile([place(8, 'gzipSync', [share('GET /', 9)])], [share('GET /', 9)]), type: 'heap' as const }]],
])('%s names none', (_, profiles) => {
  expect(withNativePlaces([record('GET /')], profiles)).toEqual([record('GET /')])
})

test('what has its place keeps it, and blocks of one place are one record', () => {
  const taken = profile([place(8, 'gzipSync', [share('GET /', 9)])], [share('GET /', 9)])
  const known = record('GET /c', {
    ...{ id: 'src/a.ts:8', location: location(8), totalMs: 900, maxMs: 700, lastMs: 110 },
    ...{ firstAt: '2026-01-01T00:00:00.000Z', lastAt: '2026-01-01T00:00:05.000Z' },
  })
  expect(withNativePlaces([known, record('GET /')], [taken])).toEqual([
    {
      ...known,
      ...{ count: 4, totalMs: 1300, maxMs: 700, lastMs: 150 },
      ...{ firstAt: '2026-01-01T00:00:00.000Z', lastAt: '2026-01-01T00:00:09.000Z' },
    },
  ])
})
