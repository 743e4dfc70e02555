import type { MessagePort } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { ProfileRefusal } from '../../src/errors.js'
import { Guard } from '../../src/guard.js'
import type { CaptureData, CaptureMessage, FromCapture } from '../../src/profiler/messages.js'
import { PerformanceProfiler } from '../../src/profiler/profiler.js'

function setUp(
  options: {
    cpu?: boolean
    heap?: boolean
    utilization?: number | null
    heapPercent?: number
    availableBytes?: number | null
  } = {},
) {
  const clock = new ManualClock()
  const profiler = new PerformanceProfiler({
    clock,
    guard: new Guard(clock, { info: () => {}, warn: () => {}, error: () => {} }),
    enabled: { cpu: options.cpu ?? true, heap: options.heap ?? true, allocation: options.heap ?? true },
    eventLoopUtilizationPercent: () => options.utilization ?? null,
    memory: () => ({ heapPercent: options.heapPercent ?? 10, availableBytes: options.availableBytes ?? null }),
  })
  const connect = () => (profiler.connect().data as CaptureData).port
  return { clock, profiler, connect }
}

/** Stands for the thread: answers what it is asked. */
function answering(port: MessagePort, answer: (asked: CaptureMessage) => FromCapture): void {
  port.on('message', (asked: CaptureMessage) => port.postMessage(answer(asked)))
}

const captured =
  (bytes: number) =>
  ({ id }: CaptureMessage): FromCapture => ({
    ...{ type: 'captured', id, file: new Uint8Array(bytes), flame: new Uint8Array(10) },
    ...{ total: 5, functions: [], places: [], operations: [] },
  })
const refusal = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return error instanceof ProfileRefusal ? error.reason : error
  }
  return null
}

const CPU = { type: 'cpu', durationMs: 1000 } as const

test('a profile runs, is complete, and can be fetched', async () => {
  const { profiler, connect, clock } = setUp()
  answering(connect(), captured(1234))
  const capture = profiler.capture(CPU)
  expect(profiler.data).toMatchObject({ available: true, running: { type: 'cpu', state: 'running', sizeBytes: null } })
  const profile = await capture
  expect(profile).toMatchObject({ state: 'complete', sizeBytes: 1234, total: 5, unit: 'ms', durationMs: 1000 })
  expect(profiler.data).toMatchObject({ running: null, profiles: [{ id: profile.id }] })
  expect(profiler.get(profile.id)).toEqual(profile)
  expect(profiler.file(profile.id)?.byteLength).toBe(1234)
  expect(profiler.get('other')).toBeNull()
  expect(clock.timerCount).toBe(0)
  profiler.stop()
})

describe('refused with a reason', () => {
  test('one at a time', () => {
    const { profiler, connect } = setUp()
    connect()
    const { id } = profiler.begin(CPU)
    expect(refusal(() => profiler.begin({ type: 'heap', durationMs: 1000 }))).toBe('running')
    expect(profiler.get(id)?.state).toBe('running')
    expect(profiler.file(id)).toBeNull()
    profiler.stop()
  })

  test.each([
    ['the event loop at its limit', { utilization: 97 }, 'busy'],
    ['a full heap', { heapPercent: 95 }, 'memory'],
    ['no memory left', { availableBytes: 50e6 }, 'memory'],
    ['its type switched off', { cpu: false }, 'off'],
    ['an app with room', { utilization: 90, heapPercent: 80, availableBytes: 1e9 }, null],
  ] as const)('%s', (_, options, reason) => {
    const { profiler, connect } = setUp(options)
    connect()
    expect(refusal(() => profiler.begin(CPU))).toBe(reason)
    profiler.stop()
  })

  test('but for a gentle one the event loop is never too busy; memory may be', () => {
    const busy = setUp({ utilization: 100 })
    busy.connect()
    expect(refusal(() => busy.profiler.begin({ ...CPU, gentle: true }))).toBe(null)
    busy.profiler.stop()
    const full = setUp({ heapPercent: 95 })
    full.connect()
    expect(refusal(() => full.profiler.begin({ ...CPU, gentle: true }))).toBe('memory')
    full.profiler.stop()
  })

  test('without the thread, which the state says too', () => {
    const { profiler } = setUp()
    expect(refusal(() => profiler.begin(CPU))).toBe('unavailable')
    expect(profiler.data).toMatchObject({ available: false, reason: "the monitor's thread does not run" })
  })

  test.each([99, 60_001, 1.5, Number.NaN])('a duration of %s', (durationMs) => {
    const { profiler, connect } = setUp()
    connect()
    expect(() => profiler.begin({ type: 'cpu', durationMs })).toThrow(/durationMs/)
    expect(() => profiler.begin({ type: 'wall' as 'cpu', durationMs: 1000 })).toThrow(
      /`type` must be one of cpu, heap, allocation/,
    )
    profiler.stop()
  })
})

describe('failed with a reason', () => {
  test('the thread says why', async () => {
    const { profiler, connect } = setUp()
    answering(connect(), ({ id }) => ({ type: 'failed', id, message: 'it is too large' }))
    await expect(profiler.capture(CPU)).rejects.toThrow(/it is too large/)
    expect(profiler.list()).toMatchObject([{ state: 'failed', error: 'it is too large' }])
    profiler.stop()
  })

  test('the thread ends', async () => {
    const { profiler, connect } = setUp()
    const port = connect()
    const capture = profiler.capture(CPU)
    port.close()
    await expect(capture).rejects.toThrow(/thread that took it ended/)
    expect(profiler.data.available).toBe(false)
    connect()
    expect(profiler.data.available).toBe(true)
    profiler.stop()
  })

  test('no answer, until half a minute after its end; a late one is dropped', async () => {
    const { profiler, connect, clock } = setUp()
    connect()
    const capture = profiler.capture(CPU)
    clock.advance(30_999)
    expect(profiler.data.running).not.toBeNull()
    clock.advance(1)
    await expect(capture).rejects.toMatchObject({ code: 'PERF_PROFILE_FAILED' })
    expect(refusal(() => profiler.begin(CPU))).toBeNull()
    profiler.stop()
  })

  test('the monitor stops', async () => {
    const { profiler, connect, clock } = setUp()
    connect()
    const capture = profiler.capture(CPU)
    profiler.stop()
    await expect(capture).rejects.toThrow(/stopped/)
    expect(clock.timerCount).toBe(0)
  })
})

test('ten are kept, and 32 MiB', async () => {
  const { profiler, connect, clock } = setUp()
  let bytes = 100
  answering(connect(), (asked) => captured(bytes)(asked))
  for (let i = 0; i < 12; i++) {
    await profiler.capture(CPU)
    clock.advance(1)
  }
  expect(profiler.list()).toHaveLength(10)
  const [newest, second] = profiler.list()
  expect((newest?.startedAt ?? '') > (second?.startedAt ?? '')).toBe(true)
  bytes = 15 * 1024 * 1024
  for (let i = 0; i < 3; i++) await profiler.capture(CPU)
  expect(profiler.list().map(({ sizeBytes }) => sizeBytes)).toEqual([bytes, bytes])
  profiler.stop()
})
