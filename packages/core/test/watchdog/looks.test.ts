import { describe, expect, test } from 'vitest'
import type { ProbedFrame } from '../../src/inspect/probe.js'
import { judge, type Look } from '../../src/watchdog/looks.js'

const PROBE: ProbedFrame = ['answer', new URL('../../src/watchdog/probe.js', import.meta.url).href, 1, 1]
const app = (line: number, name = `f${line}`): ProbedFrame => [name, 'file:///app/main.js', line, 3]
const node = (name: string): ProbedFrame => [name, 'node:internal/timers', 500, 1]
const library: ProbedFrame = ['parse', 'file:///app/node_modules/lib/index.js', 7, 1]
const ROUTE: [string, string] = ['http', 'GET /orders']

/** Looks asked for at these times, answered so much later. */
function looks(...given: [askedAtMs: number, latencyMs: number, frames: ProbedFrame[], waitedMs?: number][]): Look[] {
  return given.map(([askedAtMs, latencyMs, frames, waitedMs = 0]) => ({
    askedAtMs,
    waitedMs,
    answer: { beat: 1, atMs: askedAtMs + latencyMs, operation: ROUTE, frames: [PROBE, ...frames] },
  }))
}

const placeOf = (given: Look[], durationMs: number) => {
  const { frames } = judge(given, durationMs)
  return frames[0] === undefined ? null : `${frames[0].url.split('/').at(-1)}:${frames[0].line}`
}

describe('a place', () => {
  test('seen to run for most of the block is blamed, with what called it', () => {
    const stack = [node('now'), app(5), library, app(9)]
    const verdict = judge(looks([70, 1, stack], [85, 1, stack], [140, 1, stack]), 150)
    expect(verdict.frames.map(({ line }) => line)).toEqual([5, 7, 9])
    expect(verdict.operation).toEqual(ROUTE)
  })

  test('is the one that ran for longest', () => {
    expect(placeOf(looks([70, 1, [app(5)]], [85, 1, [app(6)]], [200, 1, [app(6)]], [240, 1, [app(5)]]), 250)).toBe(
      'main.js:6',
    )
  })

  test('is a dependency where none of the app is on the stack', () => {
    expect(placeOf(looks([70, 1, [library, node('t')]], [140, 1, [library, node('t')]]), 150)).toBe('index.js:7')
  })

  test('seen once is not certain', () => {
    expect(placeOf(looks([70, 1, [app(5)]]), 75)).toBeNull()
  })

  test('seen only for a small part of the block is not certain', () => {
    expect(placeOf(looks([70, 1, [app(5)]], [90, 1, [app(5)]]), 1000)).toBeNull()
  })

  test('of Node alone is none', () => {
    expect(placeOf(looks([70, 1, [node('a')]], [140, 1, [node('a')]]), 150)).toBeNull()
  })
})

describe('a native call', () => {
  test('answers late: what runs after it is not blamed', () => {
    const after = [app(6), app(9)]
    const verdict = judge(looks([70, 400, after], [480, 1, after], [500, 1, after]), 510)
    expect(verdict.frames).toEqual([])
    expect(verdict.operation).toEqual(ROUTE)
  })

  test('a busy machine is not taken for one', () => {
    const stack = [app(5)]
    expect(placeOf(looks([70, 61, stack, 60], [140, 2, stack, 8], [180, 1, stack, 9]), 200)).toBe('main.js:5')
  })

  test.each([
    ['a callback that only begins', [app(6)], null],
    ['a callback that only begins, below it Node', [app(6), node('listOnTimeout')], null],
    ['Node alone', [node('processTimers')], null],
    ['a function that was there before', [node('hook'), app(6)], ROUTE],
    ['a dependency that was there before', [app(6), library], ROUTE],
  ])('its operation, when the answer comes from %s', (_, frames, operation) => {
    expect(judge(looks([70, 300, frames]), 371).operation).toEqual(operation)
  })
})

test('without a look nothing is known', () => {
  expect(judge([], 500)).toEqual({ frames: [], operation: null })
})
