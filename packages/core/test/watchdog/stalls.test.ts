import { expect, test } from 'vitest'
import type { Stall } from '../../src/types/stalls.js'
import { Stalls } from '../../src/watchdog/stalls.js'

const stall = (line: number | null, durationMs: number, more: Partial<Stall> = {}): Stall => ({
  location: line === null ? null : { file: 'src/a.ts', line, column: 1, function: 'f' },
  stack: [],
  component: 'http',
  operation: 'GET /',
  durationMs,
  requestsInFlight: 1,
  startedAt: `2026-01-01T00:00:00.${String(durationMs).padStart(3, '0')}Z`,
  ...more,
})

test('blocks of one place are one entry', () => {
  const stalls = new Stalls()
  stalls.add(stall(5, 150, { requestsInFlight: 9 }))
  stalls.add(stall(5, 400, { operation: 'GET /slow' }))
  stalls.add(stall(5, 120))
  stalls.add(stall(6, 110))
  expect(stalls.records).toEqual([
    {
      ...{ id: 'src/a.ts:5', location: { file: 'src/a.ts', line: 5, column: 1, function: 'f' }, stack: [] },
      ...{ component: 'http', operation: 'GET /slow', count: 3, totalMs: 670, maxMs: 400, lastMs: 120 },
      ...{ maxRequestsInFlight: 9, firstAt: '2026-01-01T00:00:00.150Z', lastAt: '2026-01-01T00:00:00.120Z' },
    },
    expect.objectContaining({ id: 'src/a.ts:6', count: 1 }),
  ])
})

test('without a place they are gathered by operation', () => {
  const stalls = new Stalls()
  for (const operation of ['GET /', 'GET /', 'GET /b', null]) {
    stalls.add(stall(null, 150, { operation, component: operation === null ? null : 'http' }))
  }
  expect(stalls.records.map(({ operation, count }) => [operation, count])).toEqual([
    ['GET /', 2],
    ['GET /b', 1],
    [null, 1],
  ])
})

test('the place that was silent for longest makes room', () => {
  const stalls = new Stalls()
  for (let line = 1; line <= 200; line++) stalls.add(stall(line, 150))
  stalls.add(stall(1, 150))
  stalls.add(stall(201, 150))
  const ids = stalls.records.map(({ id }) => id)
  expect(ids).toHaveLength(200)
  expect(ids).toContain('src/a.ts:1')
  expect(ids).not.toContain('src/a.ts:2')
  expect(stalls.forgottenCount).toBe(1)
})
