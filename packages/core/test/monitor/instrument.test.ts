import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { Transform } from 'node:stream'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { instrumentObject } from '../../src/monitor/instrument.js'
import { methodNames } from '../../src/monitor/methods.js'
import type { Tracker } from '../../src/tracker/tracker.js'
import { collectedUntil, newTracker, outcomes } from './new-tracker.js'

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

  it('refuses what cannot be shadowed, and leaves nothing behind', () => {
    const { tracker } = newTracker()
    const refused = expect.objectContaining({ code: 'PERF_ARGUMENT_INVALID' })
    const own = () => 1
    const closed = Object.preventExtensions(Object.assign(new Repository(), { own }))
    for (const target of [closed, Object.freeze(new Repository()), Object.freeze({ own })]) {
      expect(() => instrumentObject(tracker, 'repository', target)).toThrow(refused)
    }
    expect(() => instrumentObject(tracker, 'repository', closed)).toThrow('`find` of Repository cannot be shadowed')
    expect(closed.own).toBe(own)
    closed.own()
    expect(outcomes(tracker)['Repository.own']).toEqual({})
    const locked = Object.defineProperty({ own }, 'fixed', { value: () => 2 }) as { own(): number; fixed(): number }
    instrumentObject(tracker, 'partly', locked)
    expect([locked.own(), locked.fixed()]).toEqual([1, 2])
    expect(() => instrumentObject(tracker, 'partly', locked, ['fixed'])).toThrow(refused)
    expect(() => instrumentObject(tracker, 'partly', locked, 'own' as unknown as string[])).toThrow(refused)
    expect(tracker.operation('partly', 'object.own').intervalCount).toBe(1)
  })

  it('keeps what hangs on a method, and what `new` of it makes', async () => {
    const { tracker } = newTracker()
    interface Made {
      hi(): number
      target: unknown
    }
    function Legacy(this: Made) {
      this.target = new.target
    }
    Legacy.prototype.hi = () => 1
    const read = Object.assign((done: (error: null, value: number) => void) => done(null, 1), {
      [promisify.custom]: async () => 'custom',
      retries: 3,
    })
    const target = { read, Legacy: Legacy as unknown as new () => Made }
    instrumentObject(tracker, 'legacy', target)
    expect(await promisify(target.read)()).toBe('custom')
    expect(target.read.retries).toBe(3)
    const made = new target.Legacy()
    expect([made.hi(), made.target, made instanceof target.Legacy]).toEqual([1, Legacy, true])
    class Derived extends target.Legacy {}
    expect([new Derived().target, new Derived().hi()]).toEqual([Derived, 1])
    expect(() => new (target.read as unknown as new () => object)()).toThrow(TypeError)
    expect(outcomes(tracker)).toMatchObject({ 'object.Legacy': { success: 3 } })
  })

  it('times for each monitor that asks, and is gone when the last has stopped, in any order', () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const trackers = [newTracker().tracker, newTracker().tracker]
      const repository = new Repository()
      const undos = trackers.map((tracker) => instrumentObject(tracker, 'repository', repository))
      instrumentObject(trackers[0] as Tracker, 'repository', repository)
      repository.find(1)
      undos[order[0] as number]?.()
      repository.find(2)
      undos[order[1] as number]?.()
      repository.find(3)
      const counts = trackers.map((tracker) => tracker.operation('repository', 'Repository.find').intervalCount)
      expect(counts[order[0] as number]).toBe(1)
      expect(counts[order[1] as number]).toBe(2)
      expect(Object.keys(Object.getOwnPropertyDescriptors(repository))).toEqual(['prefix'])
    }
  })

  it('does not count after the end, where somebody wrapped ours', () => {
    const { tracker } = newTracker()
    const client = { get: () => 1 }
    const undo = instrumentObject(tracker, 'cache', client)
    const ours = client.get
    client.get = () => ours()
    undo()
    expect(client.get()).toBe(1)
    expect(tracker.operation('cache', 'object.get').intervalCount).toBe(0)
  })

  it('holds no object that the app dropped', async () => {
    const { tracker } = newTracker()
    const undos = Array.from({ length: 20 }, (_, n) => {
      const target = { n, self: (): number => target.n }
      return instrumentObject(tracker, 'dropped', target)
    })
    await collectedUntil(() => undos.every(({ isGone }) => isGone))
    for (const undo of undos) expect(undo()).toBeUndefined()
    const kept = new Repository()
    const undo = instrumentObject(tracker, 'repository', kept)
    await collectedUntil(() => true)
    expect(undo.isGone).toBe(false)
    expect(kept.find(1)).toBe('item 1')
  })

  describe('without `methods`', () => {
    class Base extends EventEmitter {
      connect() {
        return this.emit('connect')
      }
    }
    class Pool extends Base {
      query() {
        return 1
      }
    }

    it.each<[string, object, string[]]>([
      ['an emitter', new Pool(), ['query', 'connect']],
      [
        'a stream',
        new (class extends Transform {
          own() {}
        })(),
        ['own'],
      ],
      [
        'a socket',
        new (class extends Socket {
          own() {}
        })(),
        ['own'],
      ],
      [
        'a Map',
        new (class extends Map {
          own() {}
        })(),
        ['own'],
      ],
      [
        'an EventTarget',
        new (class extends EventTarget {
          own() {}
        })(),
        ['own'],
      ],
      ['an object of another realm', runInNewContext('({ own() {} })'), ['own']],
      [
        'a class with static methods',
        class extends EventEmitter {
          static own() {}
        },
        ['own'],
      ],
    ])('takes those of the own classes of %s', (_what, target, expected) => {
      expect(methodNames(target)).toEqual(expected)
    })

    it('refuses what has none, rather than time nothing; by name they can be had', () => {
      const { tracker } = newTracker()
      const map = new Map([[1, 2]])
      expect(() => instrumentObject(tracker, 'cache', map)).toThrow('Map has no methods of its own')
      instrumentObject(tracker, 'cache', map, ['get'])
      expect(map.get(1)).toBe(2)
      expect(outcomes(tracker)).toEqual({ 'Map.get': { success: 1 } })
    })
  })
})
