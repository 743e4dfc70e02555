import { expect, test } from 'vitest'
import { Heart, STALL_SLOTS } from '../../src/watchdog/heart.js'
import { Pulse } from '../../src/watchdog/pulse.js'

function setUp(options: { armedAtMs?: number } = {}) {
  const state = { now: 1000, active: 0, debugged: false, inFlight: 3 }
  const heart = new Heart()
  const pulse = new Pulse({
    heart,
    thresholdMs: 100,
    nowMs: () => state.now,
    activeMs: () => state.active,
    requestsInFlight: () => state.inFlight,
    isDebugged: () => state.debugged,
    armedAtMs: options.armedAtMs ?? 0,
  })
  /** The next beat, after a time of which the loop was busy for so long. */
  const beat = (afterMs = 25, activeMs = 1) => {
    state.now += afterMs
    state.active += activeMs
    pulse.beat()
  }
  return { state, heart, pulse, beat }
}

test('regular beats are counted and report nothing', () => {
  const { heart, beat, state } = setUp()
  expect(heart.isOff).toBe(true)
  const before = heart.beats
  for (let i = 0; i < 10; i++) beat()
  expect(heart.beats).toBe(before + 10)
  expect(heart.lastBeatMs).toBe(state.now)
  expect(heart.isOff).toBe(false)
  expect(heart.blockCount).toBe(0)
})

test('a block is measured without the idle time before it', () => {
  const { heart, beat, state } = setUp()
  beat()
  const { beats } = heart
  beat(170, 152)
  expect(heart.blockCount).toBe(1)
  expect(heart.block(0)).toEqual({ startMs: state.now - 152, durationMs: 152, requestsInFlight: 3, beat: beats })
})

test('in a loop without idle time it began half an interval after the beat', () => {
  const { heart, beat } = setUp()
  beat()
  beat(200, 200)
  expect(heart.block(0).durationMs).toBe(187.5)
})

test('it is at least what made the beat late', () => {
  const { heart, beat } = setUp()
  beat()
  beat(200, 20) // a clock that says otherwise
  expect(heart.block(0).durationMs).toBe(175)
})

test('up to the threshold is no block', () => {
  const { heart, beat } = setUp()
  beat()
  beat(100, 100)
  beat(110, 110)
  beat(120, 99)
  expect(heart.blockCount).toBe(0)
})

test('start-up is not reported, and neither is what began in it', () => {
  const { heart, beat } = setUp({ armedAtMs: 2000 })
  beat(900, 900)
  expect(heart.isOff).toBe(true)
  beat(400, 400)
  expect(heart.blockCount).toBe(0)
  expect(heart.isOff).toBe(false)
  beat(400, 400)
  expect(heart.blockCount).toBe(1)
})

test('while the inspector listens nothing is reported, nor the time in which it began or ended to', () => {
  const { heart, beat, state } = setUp()
  beat()
  state.debugged = true
  beat(5000, 5000)
  expect(heart.isOff).toBe(true)
  beat(5000, 5000)
  state.debugged = false
  beat(5000, 5000)
  expect(heart.blockCount).toBe(0)
  beat(5000, 5000)
  expect(heart.blockCount).toBe(1)
})

test('the thread can be behind by some blocks', () => {
  const { heart, beat } = setUp()
  beat()
  for (let i = 0; i < STALL_SLOTS + 3; i++) beat(200 + i, 190 + i)
  expect(heart.blockCount).toBe(STALL_SLOTS + 3)
  expect(heart.block(STALL_SLOTS + 2).durationMs).toBe(190 + STALL_SLOTS + 2)
  expect(heart.block(3).durationMs).toBe(193)
})
