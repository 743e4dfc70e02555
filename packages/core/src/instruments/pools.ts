// Pools of connections: how full they are, and who took what has not come back. Read off the pools themselves when somebody asks; what is
// taken is known by the pool, who took it by us, so that a release need not be seen.
import type { Clock } from '../clock.js'
import type { Guard } from '../guard.js'
import { type RawFrame, sampleStack } from '../tracker/frames.js'
import type { OperationSpan } from '../tracker/span.js'
import type { Tracker } from '../tracker/tracker.js'
import type { PoolHolder, PoolRecord } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'

const PART = 'pools'
export const MAX_POOLS = 500 // objects; an app that makes one a request is told by its number of connections
const MAX_RECORDS = 200 // names, in one answer
const MAX_GAUGED = 30 // names, four gauges each: history keeps 200
const MAX_HOLDERS = 50 // of one pool: places, not connections
const MAX_FRAMES = 500 // last known places, by who takes
const STACKS_PER_SECOND = 50 // 12 us each: 0.6 ms of each second; beyond it the last place of the same operation stands in

/** One pool of connections, now. A pool object can hold several: an agent has one a host. */
export interface PoolReading {
  /** The operation of component `pool` that waits for it. */
  name: string
  /** `null`: unlimited, or not known. */
  max: number | null
  open: number
  idle: number
  waiting: number
  /** The objects that are out, as `took` was told of them. */
  taken: Iterable<object>
}

/** `null`: closed, and not to be asked again. */
export type ReadPool<T extends object> = (pool: T) => PoolReading[] | null

/** Who asked, kept until the connection is there. */
export interface Taker {
  readonly component: string | null
  readonly operation: string | null
  readonly frame: RawFrame | null
}

interface Holding extends Taker {
  readonly sinceMs: number
}

export interface PoolRegistryOptions {
  tracker: Tracker
  clock: Clock
  guard: Guard
  /** From a frame to the place in what the app's authors wrote. */
  locate: (frame: RawFrame) => SourceLocation
}

export class PoolRegistry {
  /** Pools that were not looked at because there are too many. */
  rejected = 0
  readonly #options: PoolRegistryOptions
  readonly #pools = new Set<{ pool: WeakRef<object>; read: ReadPool<object> }>()
  #known = new WeakSet<object>()
  /** By connection: gone with it. */
  #holdings = new WeakMap<object, Holding>()
  readonly #frames = new Map<string, RawFrame>()
  #stacks = STACKS_PER_SECOND
  #stacksAtMs = Number.NEGATIVE_INFINITY

  constructor(options: PoolRegistryOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#pools.size
  }

  /** A pool that is in use; once is enough. */
  add<T extends object>(pool: T, read: ReadPool<T>): void {
    if (this.#known.has(pool)) return
    if (this.#pools.size >= MAX_POOLS) this.#forgetCollected()
    if (this.#pools.size >= MAX_POOLS) {
      this.rejected++
      return
    }
    this.#known.add(pool)
    this.#pools.add({ pool: new WeakRef(pool), read: read as ReadPool<object> })
  }

  /** Who asks for a connection: called where the app does, with the wait for it where there is one. */
  taker(wait: OperationSpan | null): Taker {
    const { tracker } = this.#options
    const running = wait === null ? tracker.current() : (wait.outer?.running ?? null)
    const { component = null, operation = null } = running ?? {}
    return { component, operation, frame: wait?.site ?? this.#frameOf(`${component} ${operation}`) }
  }

  /** A connection is out from now on, until its pool has it again or someone else takes it. */
  took(connection: object, taker: Taker): void {
    this.#holdings.set(connection, { ...taker, sinceMs: this.#options.clock.monotonicMs() })
  }

  /** All pools in use, those of one name together, in the order of their names. */
  read(): PoolRecord[] {
    const records = new Map<string, PoolRecord>()
    const nowMs = this.#options.clock.monotonicMs()
    for (const { name, max, open, idle, waiting, taken } of this.#readings()) {
      let record = records.get(name)
      if (record === undefined && records.size >= MAX_RECORDS) {
        this.rejected++
        continue
      }
      if (record === undefined) {
        record = {
          name,
          maxConnections: max,
          openConnections: 0,
          idleConnections: 0,
          waitingRequests: 0,
          holders: [],
        }
        records.set(name, record)
      } else if (record.maxConnections !== null) {
        record.maxConnections = max === null ? null : record.maxConnections + max
      }
      record.openConnections += open
      record.idleConnections += idle
      record.waitingRequests += waiting
      for (const connection of taken) this.#addHolder(record.holders, connection, nowMs)
    }
    for (const { holders } of records.values()) holders.sort((a, b) => b.longestHeldMs - a.longestHeldMs)
    return [...records.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** `pool.<name>.open|idle|waiting|max` of the first 30, those with a limit first: the default agent has a pool for each host, and none waits. */
  gauges(): Map<string, number> {
    const gauges = new Map<string, number>()
    const add = (name: string, value: number) => {
      const known = gauges.get(name)
      if (known !== undefined || gauges.size < 4 * MAX_GAUGED) gauges.set(name, (known ?? 0) + value)
    }
    const readings = [...this.#readings()]
    const limited = readings.filter(({ max }) => max !== null)
    for (const { name, max, open, idle, waiting } of [...limited, ...readings.filter(({ max }) => max === null)]) {
      add(`pool.${name}.open`, open)
      add(`pool.${name}.idle`, idle)
      add(`pool.${name}.waiting`, waiting)
      if (max !== null) add(`pool.${name}.max`, max)
    }
    return gauges
  }

  clear(): void {
    this.#pools.clear()
    this.#known = new WeakSet()
    this.#holdings = new WeakMap()
    this.#frames.clear()
  }

  *#readings(): Generator<PoolReading> {
    for (const each of this.#pools) {
      const pool = each.pool.deref()
      const readings = pool === undefined ? null : this.#options.guard.run(PART, () => each.read(pool), [])
      if (readings === null) this.#pools.delete(each)
      else yield* readings
    }
  }

  #addHolder(holders: PoolHolder[], connection: object, nowMs: number): void {
    const holding = this.#holdings.get(connection)
    if (holding === undefined) return // taken before we looked, or just being opened
    const { component, operation, frame, sinceMs } = holding
    const location = frame === null ? null : this.#options.locate(frame)
    const heldMs = Math.max(0, nowMs - sinceMs)
    const same = holders.find(
      (holder) =>
        holder.component === component &&
        holder.operation === operation &&
        holder.location?.file === location?.file &&
        holder.location?.line === location?.line &&
        holder.location?.column === location?.column,
    )
    if (same !== undefined) {
      same.held++
      same.longestHeldMs = Math.max(same.longestHeldMs, heldMs)
    } else if (holders.length < MAX_HOLDERS) {
      holders.push({ component, operation, location, held: 1, longestHeldMs: heldMs })
    }
  }

  #frameOf(key: string): RawFrame | null {
    if (!this.#mayLook()) return this.#frames.get(key) ?? null
    const frame = sampleStack()?.frame ?? null
    if (frame === null) return this.#frames.get(key) ?? null
    if (this.#frames.size >= MAX_FRAMES) this.#frames.clear()
    this.#frames.set(key, frame)
    return frame
  }

  #mayLook(): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs - this.#stacksAtMs >= 1000) {
      this.#stacksAtMs = nowMs
      this.#stacks = STACKS_PER_SECOND
    }
    if (this.#stacks === 0) return false
    this.#stacks--
    return true
  }

  #forgetCollected(): void {
    for (const each of this.#pools) if (each.pool.deref() === undefined) this.#pools.delete(each)
  }
}
