import { describe, expect, it } from 'vitest'
import { track } from '../../src/monitor/track.js'
import { newTracker, outcomes } from './new-tracker.js'

describe('track', () => {
  it('passes results and exceptions through, sync', () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('job', 'x')
    const error = new Error('planted')
    expect(track(tracker, operation, () => 7)).toBe(7)
    expect(() =>
      track(tracker, operation, () => {
        throw error
      }),
    ).toThrow(error)
    expect(outcomes(tracker)).toEqual({ x: { success: 1, failure: 1 } })
  })

  it('counts the outcome of a promise, and passes value and reason on', async () => {
    const { tracker, clock } = newTracker()
    const operation = tracker.operation('db', 'x')
    const query = track(tracker, operation, () => new Promise((resolve) => setImmediate(resolve, 3)))
    clock.advance(40)
    expect(await query).toBe(3)
    const error = new Error('planted')
    await expect(track(tracker, operation, () => Promise.reject(error))).rejects.toBe(error)
    expect(outcomes(tracker)).toEqual({ x: { success: 1, failure: 1 } })
    expect(operation.series[0]?.interval.sum).toBe(40)
  })

  it('returns the very object where it is more than a promise', async () => {
    class Query extends Promise<number> {
      limit() {
        return this
      }
    }
    const { tracker } = newTracker()
    const operation = tracker.operation('db', 'x')
    const query = new Query((resolve) => setImmediate(resolve, 3))
    expect(track(tracker, operation, () => query)).toBe(query)
    expect(await query.limit()).toBe(3)
    const child = Object.assign(Promise.resolve(4), { pid: 7 })
    expect(track(tracker, operation, () => child)).toBe(child)
    expect(await child).toBe(4)
    await new Promise((resolve) => setImmediate(resolve))
    expect(outcomes(tracker)).toEqual({ x: { success: 2 } })
    expect(operation.active).toBe(0)
  })

  it('leaves an unhandled rejection to the app', async () => {
    const { tracker } = newTracker()
    const seen: unknown[] = []
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.once('unhandledRejection', (reason) => seen.push(reason))
    const error = new Error('nobody handles this')
    track(tracker, tracker.operation('job', 'x'), () => Promise.reject(error))
    await new Promise((resolve) => setImmediate(resolve))
    for (const listener of listeners) process.on('unhandledRejection', listener)
    expect(seen).toEqual([error])
  })

  it('starts a lazy thenable once, when its owner does', async () => {
    const { tracker } = newTracker()
    let started = 0
    const builder = {
      // biome-ignore lint/suspicious/noThenProperty: a query builder is what is tested
      then(resolve: (value: string) => void) {
        started++
        setImmediate(resolve, 'rows')
      },
    }
    const tracked = track(tracker, tracker.operation('db', 'x'), () => builder)
    expect(tracked).toBe(builder)
    expect(started).toBe(0)
    expect(await (tracked as unknown as Promise<string>)).toBe('rows')
    expect(started).toBe(1)
    expect(outcomes(tracker)).toEqual({ x: { success: 1 } })
  })

  it('nests: what begins in it is its child, across awaits', async () => {
    const { tracker, clock } = newTracker()
    const outer = tracker.operation('job', 'outer')
    await track(tracker, outer, async () => {
      for (let n = 0; n < 3; n++) {
        await new Promise((resolve) => setImmediate(resolve))
        track(tracker, tracker.operation('db', 'inner'), () => clock.advance(5))
      }
    })
    expect([...outer.interval.children]).toEqual([{ childId: 1, calls: 3, totalMs: 15 }])
  })

  it('takes what throws when asked for its `then` as the plain result it is', () => {
    const { tracker } = newTracker()
    const operation = tracker.operation('job', 'x')
    const lazy = Object.defineProperty({}, 'then', {
      get() {
        throw new Error('not yet')
      },
    })
    const strict = new Proxy({ a: 1 } as Record<PropertyKey, number>, {
      get(target, key) {
        if (!(key in target)) throw new Error(`no ${String(key)}`)
        return target[key]
      },
    })
    expect(track(tracker, operation, () => lazy)).toBe(lazy)
    expect(track(tracker, operation, () => strict)).toBe(strict)
    const picky = Object.defineProperty(Promise.resolve(1), 'constructor', {
      get() {
        throw new Error('not mine')
      },
    })
    expect(track(tracker, operation, () => picky)).toBe(picky)
    expect(outcomes(tracker)).toEqual({ x: { success: 2 } })
    expect(operation.active).toBe(1)
  })
})
