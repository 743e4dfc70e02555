import { expect, test } from 'vitest'
import type { Stall } from '../../src/types/stalls.js'
import { StallLog, Stalls } from '../../src/watchdog/stalls.js'

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

test('a window has the blocks that overlap it, by place', () => {
  const log = new StallLog()
  log.add({ ...stall(5, 150), startMs: 1000 })
  log.add({ ...stall(5, 300), startMs: 5000 })
  log.add({ ...stall(6, 200), startMs: 5500 })
  log.add({ ...stall(6, 900), startMs: 9000 })
  expect(log.between(1150, 5600).map(({ id, count, totalMs }) => [id, count, totalMs])).toEqual([
    ['src/a.ts:5', 1, 300],
    ['src/a.ts:6', 1, 200],
  ])
  expect(log.between(1149, 5000).map(({ count, totalMs }) => [count, totalMs])).toEqual([[1, 150]])
  expect(log.between(2000, 5000)).toEqual([])
  expect(log.longest(0, 6000)?.durationMs).toBe(300)
  expect(log.longest(0, 500)).toBeNull()
})

test('the newest single blocks are kept', () => {
  const log = new StallLog(3)
  for (let n = 1; n <= 7; n++) log.add({ ...stall(n, 100), startMs: n * 1000 })
  expect(log.between(0, 100_000).map(({ id }) => id)).toEqual(['src/a.ts:5', 'src/a.ts:6', 'src/a.ts:7'])
})

test('blocks of one place share their stack', () => {
  const stalls = new Stalls()
  const stack = () => [{ file: 'src/a.ts', line: 5, column: 1, function: 'f' }]
  const first = stalls.add(stall(5, 150, { stack: stack() }))
  expect(stalls.add(stall(5, 140, { stack: stack() }))).toBe(first)
  expect(stalls.add(stall(5, 140, { stack: [...stack(), ...stack()] }))).not.toBe(first)
})
