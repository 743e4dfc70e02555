import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../src/clock.js'
import { errorText, Guard } from '../src/guard.js'
import type { Logger } from '../src/types/config.js'

class Lines implements Logger {
  readonly warned: string[] = []
  info(): void {}
  warn(message: string): void {
    this.warned.push(message)
  }
  error(): void {}
}

function setUp() {
  const clock = new ManualClock()
  const logger = new Lines()
  return { clock, logger, guard: new Guard(clock, logger) }
}

describe('Guard', () => {
  it('contains what fails, counts it, and answers with the fallback', async () => {
    const { guard, logger } = setUp()
    const fail = () => {
      throw new Error('planted')
    }
    expect(guard.run('part', fail, 7)).toBe(7)
    expect(await guard.runAsync('part', async () => fail(), 8)).toBe(8)
    expect(guard.faults).toMatchObject([{ part: 'part', faults: 2, lastError: 'planted' }])
    expect(guard.total).toBe(2)
    expect(logger.warned).toEqual(['[perf-monitor] part failed (1 so far): planted'])
  })

  it('contains what cannot be shown as text', () => {
    const { guard } = setUp()
    const hostile = {
      toString() {
        throw new Error('hostile')
      },
    }
    const sly = new Error()
    Object.defineProperty(sly, 'message', {
      get() {
        throw new Error('hostile')
      },
    })
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const thrown of [Object.create(null), hostile, sly, proxy]) {
      expect(guard.run('part', () => throwIt(thrown), 'fallback')).toBe('fallback')
      expect(guard.faults[0]?.lastError).toBe('something that cannot be shown as text')
    }
    guard.report('part', Symbol('shown'))
    expect(guard.faults[0]?.lastError).toBe('Symbol(shown)')
  })

  it('keeps and logs 300 characters of a message', () => {
    const { guard, logger } = setUp()
    guard.report('part', new Error('x'.repeat(5_000_000)))
    expect(guard.faults[0]?.lastError).toBe(`${'x'.repeat(299)}…`)
    expect(logger.warned[0]?.length).toBeLessThan(400)
    expect(errorText('y'.repeat(300))).toBe('y'.repeat(300))
  })

  it('logs once a minute per part, whatever the wall clock does', () => {
    const manual = new ManualClock()
    let wallMs = 1e12
    const clock = Object.assign(Object.create(manual), { now: () => wallMs, monotonicMs: () => manual.monotonicMs() })
    const logger = new Lines()
    const guard = new Guard(clock, logger)
    guard.report('part', new Error('a'))
    wallMs -= 3_600_000
    for (let n = 0; n < 10; n++) {
      manual.advance(30_000)
      wallMs += 30_000
      guard.report('part', new Error('a'))
    }
    expect(logger.warned).toHaveLength(6)
    expect(guard.faults[0]?.lastAtMs).toBe(wallMs)
    wallMs += 3_600_000
    guard.report('part', new Error('a'))
    expect(logger.warned).toHaveLength(6)
  })

  it('does not log each time when a part fails and works by turns', () => {
    const { guard, clock, logger } = setUp()
    for (let n = 0; n < 100; n++) {
      guard.report('part', new Error('a'))
      guard.recover('part')
      clock.advance(1000)
    }
    expect(logger.warned).toHaveLength(2)
    expect(guard.faults).toEqual([])
    expect(guard.total).toBe(100)
  })

  it('keeps working with a clock that throws, or that tells no time', () => {
    let reads = 0
    const broken = () => {
      reads++
      throw new Error('broken clock')
    }
    for (const brokenClock of [
      { now: broken, monotonicMs: () => 0 },
      { now: () => 0, monotonicMs: broken },
      { now: () => Number.NaN, monotonicMs: () => 0 },
    ]) {
      const logger = new Lines()
      const guard = new Guard(Object.assign(new ManualClock(), brokenClock), logger)
      const before = Date.now()
      guard.report('part', new Error('a'))
      guard.report('part', new Error('b'))
      expect(guard.faults).toMatchObject([{ part: 'part', faults: 2, lastError: 'b' }])
      expect(guard.faults[0]?.lastAtMs).toBeGreaterThanOrEqual(before)
      expect(logger.warned).toHaveLength(1)
    }
    expect(reads).toBe(2)
  })

  it('remembers 200 parts at most, and counts the rest', () => {
    const { guard } = setUp()
    for (let n = 0; n < 300; n++) guard.report(`part ${n}`, new Error('a'))
    expect(guard.faults).toHaveLength(200)
    expect(guard.total).toBe(300)
  })
})

describe('a logger that fails', () => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => rejections.push(reason)
  let listeners: NodeJS.UnhandledRejectionListener[] = []

  beforeEach(() => {
    rejections.length = 0
    listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', onRejection)
  })

  afterEach(() => {
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
  })

  it('reaches the app neither by throwing nor by a rejection', async () => {
    const lines = new Lines()
    const throwing = Object.assign(new Lines(), { warn: () => throwIt(new Error('no disk')) })
    const rejecting = Object.assign(new Lines(), { warn: () => Promise.reject(new Error('no network')) })
    for (const logger of [lines, throwing, rejecting]) {
      const guard = new Guard(new ManualClock(), logger)
      guard.report('part', new Error('a'))
      expect(guard.total).toBe(1)
    }
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(rejections).toEqual([])
  })
})

function throwIt(value: unknown): never {
  throw value
}
