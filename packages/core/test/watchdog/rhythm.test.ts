import { setImmediate as turned } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { Heart } from '../../src/watchdog/heart.js'
import { Pulse } from '../../src/watchdog/pulse.js'
import { Rhythm } from '../../src/watchdog/rhythm.js'
import { newTracker } from '../monitor/new-tracker.js'

function setUp(withScope = true) {
  const clock = new ManualClock()
  const heart = new Heart()
  const { tracker } = newTracker()
  const state = { active: 0, inFlight: 0, roused: 0 }
  const told: (boolean | number)[] = []
  const pulse = new Pulse({
    ...{ heart, thresholdMs: 100, nowMs: () => clock.monotonicMs(), activeMs: () => state.active },
    ...{ requestsInFlight: () => state.inFlight, isDebugged: () => false, armedAtMs: 0 },
  })
  const listener = { rest: (isResting: boolean) => told.push(isResting), turned: (ms: number) => told.push(ms) }
  const scope = withScope ? tracker : null
  const rouse = () => void state.roused++
  const rhythm = new Rhythm({ clock, heart, pulse, scope, listener, rouse, guarded: (step) => step() })
  rhythm.start()
  const run = (fn: () => void = () => {}) => tracker.operation('test', 'a').begin().run(fn)
  return { clock, heart, tracker, state, told, rhythm, run }
}

test('after a quiet second it rests: a beat now and then, and one after each turn', async () => {
  const { clock, heart, told, rhythm } = setUp()
  clock.advance(1100)
  expect([heart.isResting, told]).toEqual([true, [true]])
  const { beats } = heart
  clock.advance(5000)
  expect(heart.beats).toBe(beats + 1)
  await turned()
  expect(heart.beats).toBe(beats + 2)
  rhythm.stop()
  expect([heart.isResting, clock.timerCount]).toEqual([false, 0])
})

test('an operation wakes it before it does anything, once', () => {
  const { clock, heart, run, tracker, told, rhythm } = setUp()
  clock.advance(1100)
  const { beats } = heart
  run(() => {
    expect([heart.isResting, heart.beats, tracker.observer]).toEqual([false, beats + 1, null])
  })
  expect(told).toEqual([true, 0, false])
  clock.advance(500)
  expect(heart.beats).toBe(beats + 21)
  clock.advance(1000)
  expect(heart.isResting).toBe(true)
  rhythm.stop()
  expect(tracker.observer).toBeNull()
})

test('a turn that was long is a block, and its listener knows how long', async () => {
  const { clock, heart, state, told, rhythm } = setUp()
  clock.advance(1100)
  state.active += 180
  await turned()
  expect(heart.blockCount).toBe(1)
  expect(heart.block(0).durationMs).toBe(180)
  expect(told).toEqual([true, 180])
  rhythm.stop()
})

test.each([
  ['the loop is busy', (state: { active: number }) => (state.active += 10)],
  ['a request is in flight', (state: { inFlight: number }) => (state.inFlight = 1)],
])('no rest while %s', (_, work) => {
  const { clock, heart, state, rhythm } = setUp()
  for (let i = 0; i < 100; i++) {
    work(state as never)
    clock.advance(25)
  }
  expect(heart.isResting).toBe(false)
  rhythm.stop()
})

test('nor where nothing tells of operations, nor while a profile observes them', () => {
  const { clock, heart, rhythm } = setUp(false)
  clock.advance(5000)
  expect(heart.isResting).toBe(false)
  rhythm.stop()
  const other = setUp()
  other.tracker.observer = { enter: () => {}, leave: () => {} }
  other.clock.advance(5000)
  expect(other.heart.isResting).toBe(false)
  other.rhythm.stop()
})

test('many turns are no rest, and neither is an observer that takes its place', async () => {
  const { clock, heart, tracker, rhythm } = setUp()
  clock.advance(1100)
  for (let i = 0; i < 202; i++) await turned()
  expect(heart.isResting).toBe(false)
  clock.advance(1100)
  expect(heart.isResting).toBe(true)
  tracker.observer?.replaced?.()
  expect(heart.isResting).toBe(false)
  rhythm.stop()
})

test('the end of a rest rouses a thread that sleeps, and no other', () => {
  const { clock, heart, state, run, rhythm } = setUp()
  clock.advance(1100)
  run()
  expect(state.roused).toBe(0)
  clock.advance(1100)
  heart.sleep(true)
  run(() => expect([state.roused, heart.isResting]).toEqual([1, false]))
  rhythm.stop()
})

test('more turns than an app makes that does nothing stir', async () => {
  const { clock, heart, rhythm } = setUp()
  clock.advance(1100)
  for (let i = 0; i < 60; i++) await turned()
  expect(heart.lastStirMs).toBe(0)
  await turned()
  expect(heart.lastStirMs).toBe(heart.lastBeatMs)
  rhythm.stop()
})
