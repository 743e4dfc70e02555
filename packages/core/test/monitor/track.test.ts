import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import { instrumentObject } from '../../src/monitor/instrument.js'
import { track } from '../../src/monitor/track.js'
import { Tracker } from '../../src/tracker/tracker.js'

function newTracker() {
  const clock = new ManualClock()
  const limits = { maxOperations: 100, maxChildrenPerOperation: 10 }
  const guard = new Guard(clock, console)
  return { clock, tracker: new Tracker({ clock, guard, limits, requestScope: true, isLongLived: null }) }
}

function outcomes(tracker: Tracker): Record<string, Record<string, number>> {
  return Object.fromEntries(
    tracker.operations.map(({ operation, series }) => [
      operation,
      Object.fromEntries(series.map(({ outcome, interval }) => [outcome, interval.count])),
    ]),
  )
}

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
})

describe('instrumentObject', () => {
  class Repository {
    readonly prefix = 'item'
    static readonly made = 0
    find(id: number, _options?: object) {
      return `${this.prefix} ${id}`
    }
    async load() {
      throw new Error('planted')
    }
    _hidden() {
      return 1
    }
  }

  it('times the methods of one object and leaves its class alone', async () => {
    const { tracker } = newTracker()
    const repository = new Repository()
    const original = Repository.prototype.find
    const undo = instrumentObject(tracker, 'repository', repository)
    expect(repository.find(7)).toBe('item 7')
    await expect(repository.load()).rejects.toThrow('planted')
    repository._hidden()
    expect(outcomes(tracker)).toEqual({ 'Repository.find': { success: 1 }, 'Repository.load': { failure: 1 } })
    expect([repository.find.name, repository.find.length]).toEqual(['find', 2])
    expect(Object.keys(repository)).toEqual(['prefix'])
    expect(Repository.prototype.find).toBe(original)
    expect(new Repository().find(1)).toBe('item 1')
    undo()
    expect(repository.find).toBe(original)
    expect(Object.hasOwn(repository, 'find')).toBe(false)
    expect(tracker.operation('repository', 'Repository.find').intervalCount).toBe(1)
  })

  it('counts once when it is asked twice', () => {
    const { tracker } = newTracker()
    const repository = new Repository()
    instrumentObject(tracker, 'repository', repository)
    instrumentObject(tracker, 'repository', repository)
    repository.find(1)
    expect(tracker.operation('repository', 'Repository.find').intervalCount).toBe(1)
  })

  it('takes the methods that are named, own ones too, and restores them', () => {
    const { tracker } = newTracker()
    const get = () => 'value'
    const client = { get, set: () => 'ok', size: 3 }
    const undo = instrumentObject(tracker, 'cache', client, ['get'])
    expect([client.get(), client.set()]).toEqual(['value', 'ok'])
    expect(outcomes(tracker)).toEqual({ 'object.get': { success: 1 } })
    undo()
    expect(client.get).toBe(get)
  })

  it('leaves a later wrapper of somebody else in place', () => {
    const { tracker } = newTracker()
    const client = { get: () => 1 }
    const undo = instrumentObject(tracker, 'cache', client)
    const ours = client.get
    const theirs = () => ours()
    client.get = theirs
    undo()
    expect(client.get).toBe(theirs)
  })

  it('refuses what has no such method, naming it', () => {
    const { tracker } = newTracker()
    expect(() => instrumentObject(tracker, 'cache', new Repository(), ['find', 'nope', 'prefix'])).toThrow(
      '`methods` names what Repository has no method for: nope, prefix',
    )
  })
})
