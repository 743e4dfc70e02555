import { expect, test } from 'vitest'
import { SampleFlow, type SampleFlowOptions } from '../../src/monitor/sample-flow.js'

const NONE = new Uint8Array(0)
const SOME = new Uint8Array(4)

function* nothing(): Generator<void, void> {}

function setUp() {
  let evaluations = 0
  let windowMs = 0
  const options = {
    history: { append: nothing },
    lastMinute: { push: nothing },
    alertWindow: {
      push: nothing,
      read: () => ({}),
      get durationMs() {
        return Math.min(60_000, windowMs)
      },
    },
    alerts: {
      evaluateInSteps: () => {
        evaluations++
        return nothing()
      },
    },
    source: () => ({ publish: nothing }),
  } as unknown as SampleFlowOptions
  const flow = new SampleFlow(options)
  /** Samples of a second each. @returns how often rules were evaluated meanwhile */
  const pass = (samples: number, { cpuPercent = 1, operations = NONE } = {}) => {
    const before = evaluations
    for (let i = 0; i < samples; i++) {
      windowMs += 1000
      const sample = { timestamp: windowMs, durationMs: 1000, operations, row: new Float64Array(0), gauges: null }
      for (const _ of flow.consume(sample as never, { runtime: { cpuPercent }, system: null } as never));
    }
    return evaluations - before
  }
  return { flow, pass }
}

test('what an app uses while it starts is no activity, what it uses later is', () => {
  const { flow, pass } = setUp()
  pass(10, { cpuPercent: 80 })
  expect(flow.takeActivity()).toBe(false)
  pass(9)
  pass(1, { cpuPercent: 24 })
  expect(flow.takeActivity()).toBe(false)
  pass(9)
  pass(1, { cpuPercent: 26 })
  expect([flow.takeActivity(), flow.takeActivity()]).toEqual([true, false])
  pass(10, { cpuPercent: 6 })
  expect([flow.takeActivity(), flow.takeActivity()]).toEqual([true, false])
})

test('an operation is activity at any time, and so is what is noted', () => {
  const { flow, pass } = setUp()
  flow.noteActivity()
  expect([flow.takeActivity(), flow.takeActivity()]).toEqual([true, false])
  pass(1, { operations: SOME })
  expect([flow.takeActivity(), flow.takeActivity()]).toEqual([true, false])
})

test('rules are evaluated every five seconds while there is no operation in all of the window', () => {
  const { pass } = setUp()
  expect(pass(60)).toBe(12)
  expect(pass(10, { operations: SOME })).toBe(10)
  expect(pass(59)).toBe(59)
  expect(pass(10)).toBe(2)
  expect(pass(5, { cpuPercent: 50 })).toBe(5)
})
