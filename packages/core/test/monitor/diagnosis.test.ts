import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { ProfileRefusal } from '../../src/errors.js'
import { Guard } from '../../src/guard.js'
import {
  CAPTURE_GAP_MS,
  CAPTURE_MS,
  Diagnosis,
  LIVE_WINDOW_MS,
  MAX_CAPTURES_PER_HOUR,
  ROUND_MS,
  SAME_REASON_MS,
} from '../../src/monitor/diagnosis.js'
import type { WantedCapture } from '../../src/types/captures.js'

const CPU: WantedCapture = { type: 'cpu', reason: 'event-loop-blocked: GET /' }

function build({ wanted = [] as WantedCapture[], refuse = false } = {}) {
  const clock = new ManualClock()
  const guard = new Guard(clock, { info() {}, warn() {}, error() {} })
  const state = { wanted, refuse, hasTraffic: true, fail: false, analyseMs: 0, heldMs: 0 }
  const windows: number[] = []
  const taken: { reason: string; type: string; durationMs: number }[] = []
  const diagnosis = new Diagnosis({
    clock,
    guard,
    hasTraffic: () => state.hasTraffic,
    analyse: async (windowMs) => {
      windows.push(windowMs)
      if (state.fail) throw new Error('broken')
      await Promise.resolve() // out of the timer: the clock does not advance within itself
      clock.advance(state.analyseMs)
      return { bottlenecks: [], recommendations: [], resolved: [], wanted: state.wanted, heldMs: state.heldMs }
    },
    take: async (capture, durationMs) => {
      if (state.refuse) throw new ProfileRefusal('busy', 'at its limit')
      taken.push({ ...capture, durationMs })
    },
  })
  /** Time passes in steps, and promises settle between them. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 1000) {
      clock.advance(Math.min(1000, left))
      for (let n = 0; n < 10; n++) await Promise.resolve()
    }
  }
  return { clock, guard, state, windows, taken, diagnosis, pass }
}

describe('rounds', () => {
  it('begin after start-up, follow each other, and end with stop()', async () => {
    const { diagnosis, pass, windows } = build()
    diagnosis.start()
    diagnosis.start()
    await pass(14_000)
    expect(windows).toEqual([])
    await pass(2 * ROUND_MS + 2000)
    expect(windows).toEqual([LIVE_WINDOW_MS, LIVE_WINDOW_MS, LIVE_WINDOW_MS])
    diagnosis.stop()
    await pass(60_000)
    expect(windows).toHaveLength(3)
  })

  it('pause without traffic, survive a failure, and are rarer where they are long', async () => {
    const { diagnosis, pass, windows, state, guard } = build()
    state.hasTraffic = false
    diagnosis.start()
    await pass(60_000)
    expect(windows).toEqual([])
    state.hasTraffic = true
    state.fail = true
    await pass(ROUND_MS)
    expect(guard.faults.map(({ part }) => part)).toEqual(['diagnosis'])
    state.fail = false
    state.analyseMs = 1500
    for (const known = windows.length; windows.length === known; ) await pass(1000)
    const before = windows.length
    await pass(28_000)
    expect(windows).toHaveLength(before)
    await pass(3000)
    expect(windows).toHaveLength(before + 1)
  })

  it('come at a hundredth of the event loop at most, once a minute at least', async () => {
    const { diagnosis, pass, windows, state } = build()
    diagnosis.start()
    state.heldMs = 250
    while (windows.length === 0) await pass(1000)
    await pass(23_000)
    expect(windows).toHaveLength(1)
    state.heldMs = 5000
    await pass(3000)
    expect(windows).toHaveLength(2)
    await pass(57_000)
    expect(windows).toHaveLength(2)
    await pass(4000)
    expect(windows).toHaveLength(3)
  })
})

describe('captures', () => {
  it('takes what a finding lacks, once for a reason in five minutes', async () => {
    const { diagnosis, pass, taken } = build({ wanted: [CPU] })
    diagnosis.start()
    await pass(SAME_REASON_MS)
    expect(taken).toEqual([{ ...CPU, durationMs: CAPTURE_MS.cpu }])
    await pass(60_000)
    expect(taken).toHaveLength(2)
  })

  it('leaves the app alone between two, and takes no more than the hour allows', async () => {
    const { diagnosis, pass, taken, state, clock } = build()
    const at: number[] = []
    diagnosis.start()
    for (let n = 0; n < 360; n++) {
      state.wanted = [{ type: 'cpu', reason: `reason ${n}` }]
      const before = taken.length
      await pass(ROUND_MS)
      if (taken.length > before) at.push(clock.monotonicMs())
    }
    expect(taken).toHaveLength(MAX_CAPTURES_PER_HOUR)
    for (let n = 1; n < at.length; n++)
      expect((at[n] as number) - (at[n - 1] as number)).toBeGreaterThanOrEqual(CAPTURE_GAP_MS)
  })

  it('asks again after a refusal, which is no fault', async () => {
    const { diagnosis, pass, taken, state, guard } = build({ wanted: [CPU], refuse: true })
    diagnosis.start()
    await pass(30_000)
    expect(taken).toEqual([])
    expect(guard.faults).toEqual([])
    state.refuse = false
    await pass(2 * ROUND_MS)
    expect(taken).toHaveLength(1)
  })
})
