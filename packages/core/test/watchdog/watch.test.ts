import { expect, test } from 'vitest'
import { Heart } from '../../src/watchdog/heart.js'
import type { ProbeAnswer } from '../../src/watchdog/probe.js'
import type { ThreadTimes } from '../../src/watchdog/scheduler-times.js'
import { Watch, type WatchedStall } from '../../src/watchdog/watch.js'

function setUp() {
  const state = { now: 1000, times: null as ThreadTimes | null, asked: 0, rested: 0, processMs: 0 }
  const heart = new Heart()
  const stalls: WatchedStall[] = []
  let reply: ((answer: ProbeAnswer | null) => void) | null = null
  heart.beat(state.now, false)
  const watch = new Watch({
    heart,
    thresholdMs: 100,
    nowMs: () => state.now,
    ask: () => {
      state.asked++
      return new Promise((resolve) => {
        reply = resolve
      })
    },
    mainTimes: () => null,
    ownTimes: () => state.times,
    processMs: () => state.processMs,
    rest: () => void state.rested++,
    onStall: (stall) => stalls.push(stall),
  })
  let dueMs = watch.intervalMs
  /** Polls when they are due, until so much time has passed. */
  const pass = async (ms: number) => {
    const end = state.now + ms
    while (state.now + dueMs <= end) {
      state.now += dueMs
      dueMs = watch.poll()
      await answered()
    }
    dueMs -= end - state.now
    state.now = end
  }
  const answered = () => new Promise((resolve) => setImmediate(resolve))
  const answer = async (beat = heart.beats) => {
    reply?.({
      ...{ beat, atMs: state.now, operation: ['http', 'GET /'] },
      frames: [['f', 'file:///app/main.js', 5, 1]],
    })
    reply = null
    await answered()
  }
  const block = (durationMs: number) => {
    heart.addBlock({ startMs: state.now - durationMs, durationMs, requestsInFlight: 2 })
    heart.beat(state.now, false)
  }
  return {
    state,
    heart,
    stalls,
    pass,
    answer,
    block,
    poll: () => watch.poll(),
    skip: (ms: number) => (state.now += ms),
  }
}

test('a loop that beats is left alone', async () => {
  const { heart, state, pass, stalls } = setUp()
  for (let i = 0; i < 40; i++) {
    await pass(25)
    heart.beat(state.now, false)
  }
  expect(state.asked).toBe(0)
  expect(stalls).toEqual([])
})

test('a block is looked at while it lasts, ever more rarely, and reported with its place', async () => {
  const { state, pass, answer, block, stalls } = setUp()
  await pass(69)
  expect(state.asked).toBe(0)
  for (let i = 0; i < 100; i++) {
    await pass(10)
    await answer()
  }
  expect(state.asked).toBeGreaterThan(10)
  expect(state.asked).toBeLessThan(30)
  expect(state.rested).toBe(0)
  block(1050)
  await pass(50)
  expect(stalls).toHaveLength(1)
  expect(stalls[0]).toMatchObject({ durationMs: 1050, requestsInFlight: 2, operation: ['http', 'GET /'] })
  expect(stalls[0]?.frames[0]).toMatchObject({ url: 'file:///app/main.js', line: 5 })
  expect(state.rested).toBe(1)
})

test('an answer that comes after the loop moved on says nothing about the block', async () => {
  const { heart, pass, answer, block, stalls } = setUp()
  await pass(80)
  block(150)
  await pass(50)
  expect(stalls).toEqual([]) // it may still belong to it
  await answer(heart.beats)
  await pass(50)
  expect(stalls).toMatchObject([{ durationMs: 150, frames: [], operation: null }])
})

test('a failed look costs the place, not the count', async () => {
  const { pass, answer, block, stalls } = setUp()
  await pass(80)
  await answer(-1)
  block(150)
  await pass(50)
  expect(stalls).toMatchObject([{ durationMs: 150, frames: [] }])
})

test.each([
  ['a stopped process or a sleeping machine', 3000],
  ['a short stop', 130],
])('%s is no stall: this thread did not run either', async (_, ms) => {
  const { skip, poll, block, pass, stalls, state } = setUp()
  await pass(20)
  skip(ms)
  block(ms)
  poll()
  await pass(200)
  expect(stalls).toEqual([])
  expect(state.asked).toBe(1) // of the 200 ms in which the loop stood still after it
})

test('a block in which the process was stopped counts without that time', async () => {
  const { skip, poll, block, pass, answer, stalls } = setUp()
  await pass(80)
  await answer()
  await pass(120)
  await answer()
  skip(10_000)
  poll()
  await pass(100)
  await answer()
  block(10_300)
  await pass(50)
  expect(stalls).toHaveLength(1)
  expect(stalls[0]?.durationMs).toBeGreaterThanOrEqual(250)
  expect(stalls[0]?.durationMs).toBeLessThanOrEqual(350)
})

test('a block counts whole when only this thread was kept waiting for a processor', async () => {
  const { state, skip, poll, block, pass, answer, stalls } = setUp()
  state.times = { ranMs: 0, waitedMs: 0 }
  await pass(80)
  await answer()
  state.times = { ranMs: 250, waitedMs: 50 }
  skip(300)
  poll()
  await answer()
  block(380)
  await pass(50)
  await answer()
  await pass(50)
  expect(stalls).toMatchObject([{ durationMs: 380 }])
})

test('while it is off nothing is looked at', async () => {
  const { heart, state, pass } = setUp()
  heart.beat(state.now, true)
  await pass(1000)
  expect(state.asked).toBe(0)
})

test('a loop that rests is looked at when it uses a processor all the time', async () => {
  const { heart, state, pass, answer, block, stalls } = setUp()
  heart.rest(true)
  await pass(5000)
  expect(state.asked).toBe(0)
  for (let i = 0; i < 30; i++) {
    state.processMs += 9
    await pass(10)
    await answer()
  }
  expect(state.asked).toBeGreaterThan(2)
  block(300)
  await pass(100)
  expect(stalls).toMatchObject([{ durationMs: 300, operation: ['http', 'GET /'] }])
  expect(stalls[0]?.frames[0]).toMatchObject({ line: 5 })
})

test('a rest in which nothing stirs is looked at once a second, until it ends', async () => {
  const { heart, pass, poll } = setUp()
  heart.rest(true)
  await pass(4000)
  expect(heart.isWatchAsleep).toBe(false)
  await pass(2000)
  expect([heart.isWatchAsleep, poll()]).toEqual([true, 1000])
  heart.rest(false)
  heart.beat(6990, false)
  expect(poll()).toBe(25)
  expect(heart.isWatchAsleep).toBe(false)
})

test.each([
  ['something stirs', ({ heart, state }: ReturnType<typeof setUp>) => heart.stir(state.now)],
  ['the main thread works', ({ state }: ReturnType<typeof setUp>) => (state.processMs += 41)],
])('it is looked at as often as before when %s', async (_, stir) => {
  const watched = setUp()
  watched.heart.rest(true)
  await watched.pass(12_000)
  expect(watched.heart.isWatchAsleep).toBe(true)
  stir(watched)
  watched.skip(500)
  expect(watched.poll()).toBeLessThanOrEqual(70)
  await watched.pass(4000)
  expect(watched.heart.isWatchAsleep).toBe(false)
  await watched.pass(2000)
  expect(watched.heart.isWatchAsleep).toBe(true)
})

test('a block that was slept through counts, and keeps awake until an hourly job ran again', async () => {
  const { heart, state, pass, block, stalls, skip } = setUp()
  heart.rest(true)
  await pass(12_000)
  block(300)
  await pass(1000)
  expect(stalls).toMatchObject([{ durationMs: 300, frames: [] }])
  await pass(60_000)
  expect([heart.isWatchAsleep, state.asked]).toEqual([false, 0])
  skip(65 * 60_000)
  await pass(12_000)
  expect(heart.isWatchAsleep).toBe(true)
})
