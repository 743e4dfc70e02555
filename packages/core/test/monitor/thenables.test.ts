import { describe, expect, it } from 'vitest'
import { track } from '../../src/monitor/track.js'
import { collectedUntil, newTracker, outcomes } from './new-tracker.js'

class Query<T = number> extends Promise<T> {}

describe('a thenable that is more than a plain promise', () => {
  it('ends when its owner asks, also for a rejection, which it leaves to the owner', async () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('db', 'x')
    const error = new Error('planted')
    expect(await track(tracker, operation, () => Query.resolve(3))).toBe(3)
    await expect(track(tracker, operation, () => Query.reject(error))).rejects.toBe(error)
    expect(await track(tracker, operation, () => Query.reject(error)).catch(() => 4)).toBe(4)
    expect(outcomes(tracker)).toEqual({ x: { success: 1, failure: 2 } })
    expect(operation.active).toBe(0)
  })

  it('is not active for ever when nobody asks: it ends with the object, unrecorded', async () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('db', 'x')
    const lazy = () => ({
      // biome-ignore lint/suspicious/noThenProperty: a query builder is what is tested
      then() {
        throw new Error('nobody asked for this')
      },
    })
    const forget = () => {
      for (let n = 0; n < 10; n++) {
        track(tracker, operation, () => Query.resolve(n))
        track(tracker, operation, lazy)
      }
    }
    forget()
    expect(operation.active).toBe(20)
    await collectedUntil(() => operation.active === 0)
    expect(outcomes(tracker)).toEqual({ x: {} })
  })

  it('leaves a rejection that nobody handles to the process, and one that is handled to its handler', async () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('db', 'x')
    const seen: unknown[] = []
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (_reason, promise) => seen.push(promise))
    const unhandled = track(tracker, operation, () => Query.reject(new Error('nobody handles this')))
    track(tracker, operation, () => {
      const handled = Query.reject(new Error('handled before it was returned'))
      handled.catch(() => {})
      return handled
    })
    await new Promise((resolve) => setImmediate(resolve))
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toBe(unhandled)
  })

  it('returned again and again is watched once: each run ends, and nothing piles up on it', async () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('db', 'connect')
    const cached = Query.resolve(7)
    for (let n = 0; n < 20_000; n++) track(tracker, operation, () => cached)
    expect(operation.active).toBe(1000)
    expect(await cached).toBe(7) // nested shadows would overflow the stack here
    expect(operation.active).toBe(0)
    expect(outcomes(tracker)).toEqual({ connect: { success: 20_000 } })
  })

  it('counts one that throws when asked as failed', async () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('db', 'x')
    const broken = {
      // biome-ignore lint/suspicious/noThenProperty: a query builder is what is tested
      then() {
        throw new Error('no connection')
      },
    }
    await expect(
      track(tracker, operation, async () => track<unknown>(tracker, operation, () => broken)),
    ).rejects.toThrow('no connection')
    expect(outcomes(tracker)).toEqual({ x: { failure: 2 } })
  })

  it('that is frozen is returned as it is; what is counted is the call', async () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('db', 'x')
    const frozen = Object.freeze(Query.resolve(1))
    expect(track(tracker, operation, () => frozen)).toBe(frozen)
    expect(await frozen).toBe(1)
    expect(outcomes(tracker)).toEqual({ x: { success: 1 } })
  })
})
