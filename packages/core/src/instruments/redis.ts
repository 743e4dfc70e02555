import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Operation } from '../tracker/operation.js'
import type { OperationSpan } from '../tracker/span.js'
import { ChannelInstrument, type ChannelInstrumentOptions, type Starting } from './channel-instrument.js'
import { prototypeOf } from './class-instrument.js'
import { contained } from './contained.js'
import { Patches } from './patches.js'
import type { PoolReading } from './pools.js'
import { RedisCommands } from './redis-commands.js'
import { beginCall, runOutside } from './spans.js'
import { TracedCalls } from './traced-calls.js'

const PART = 'instrument redis'
const QUEUED_MS = 0.05 // a client that is free is handed out in microseconds, one that is given back comes after a round trip
const INDEX = '@redis/client/dist/index.js'
const POOL = '@redis/client/dist/lib/client/pool.js'
const DEFAULT_MAXIMUM = 100 // node-redis'
const POOL_WAIT = 'node-redis:pool:connection-wait'

interface RedisPool {
  readonly totalClients: number
  readonly idleClients: number
  readonly tasksQueueLength: number
  readonly isOpen: boolean
  readonly isClosing: boolean
  /** What commands are called on inherits from it. */
  readonly _self?: RedisPool
}

interface CommandContext {
  readonly command?: unknown
  readonly args?: unknown
  readonly batchMode?: unknown
}

/** Packages `redis` and `@redis/client`, known as node-redis. */
export class RedisInstrument extends ChannelInstrument {
  readonly name = 'redis'
  readonly #commands: RedisCommands
  #wait: Operation | null = null
  /** The pool runs, now, what waited: in the async context of whoever gave the client back. */
  #isHandingOn = false

  constructor(options: ChannelInstrumentOptions) {
    const client = '@redis/client/dist/lib/client'
    super(options, { main: `${client}/index.js`, publisher: `${client}/tracing.js`, since: '6' })
    this.#commands = new RedisCommands(options.tracker)
  }

  protected build(): readonly Starting[] {
    const { tracker, guard } = this.options
    const onWait = contained<{ waitStartTimestamp?: unknown }>(guard, PART, ({ waitStartTimestamp }) => {
      this.#addWait(waitStartTimestamp)
    })
    return [
      new TracedCalls<CommandContext>({
        channel: 'node-redis:command',
        part: PART,
        guard,
        // what a pipeline carries is one operation: its commands share one round trip
        begin: ({ command, args, batchMode }) => (batchMode === undefined ? this.#begin(command, args) : null),
      }),
      new TracedCalls<CommandContext>({
        channel: 'node-redis:batch',
        part: PART,
        guard,
        begin: ({ batchMode }) => this.#begin(batchMode ?? 'PIPELINE'),
      }),
      new TracedCalls({
        channel: 'node-redis:connect',
        part: PART,
        guard,
        begin: () => beginCall(tracker, tracker.operation('db', '(connect redis)')),
      }),
      { start: () => subscribe(POOL_WAIT, onWait), stop: () => unsubscribe(POOL_WAIT, onWait) },
      this.#pools(),
    ]
  }

  /** A pool is seen when it is created or first used. Who holds a client is not: tasks give theirs back by themselves. */
  #pools(): Starting {
    const { modules, pools, guard } = this.options
    const add = (pool: RedisPool, maximum: number | null) =>
      guard.run(PART, () => pools.add(pool._self ?? pool, (each) => readPool(each, maximum)), undefined)
    let patches: Patches | null = null
    let unwatch: (() => void)[] = []
    return {
      start: () => {
        const present = new Patches()
        patches = present
        unwatch = [
          modules.watch(POOL, (exports) => {
            const prototype = prototypeOf((exports as { RedisClientPool?: unknown }).RedisClientPool)
            if (prototype === null) return
            present.wrap(prototype, 'execute', ({ self, proceed }) => {
              add(self as RedisPool, null)
              return proceed()
            })
          }),
          // how many clients it may have, a pool tells nobody: only who creates it knows
          modules.watch(INDEX, (exports) => {
            present.wrap(exports as object, 'createClientPool', ({ args: [, options], proceed }) => {
              const created = proceed()
              const { maximum = DEFAULT_MAXIMUM } = (options ?? {}) as { maximum?: unknown }
              add(created as RedisPool, typeof maximum === 'number' ? maximum : null)
              return created
            })
          }),
        ]
      },
      stop: () => {
        for (const end of unwatch.splice(0)) end()
        patches?.undo()
      },
    }
  }

  #begin(command: unknown, args?: unknown): OperationSpan | null {
    return this.#isHandingOn
      ? runOutside(this.options.tracker, () => this.#commands.begin(command, args))
      : this.#commands.begin(command, args)
  }

  /** From `performance.now()` of the task's arrival. Whose task it is nobody tells, so neither wait nor command has a parent. */
  #addWait(startedAtMs: unknown): void {
    if (typeof startedAtMs !== 'number') return
    const durationMs = performance.now() - startedAtMs
    this.#wait ??= this.options.tracker.operation('pool', 'redis')
    this.#wait.record(durationMs)
    if (durationMs < QUEUED_MS) return
    this.#isHandingOn = true
    queueMicrotask(() => {
      this.#isHandingOn = false
    })
  }
}

function readPool(pool: RedisPool, max: number | null): PoolReading[] | null {
  if (pool.isClosing) return null
  const { totalClients: open, idleClients: idle, tasksQueueLength: waiting } = pool
  return pool.isOpen ? [{ name: 'redis', max, open, idle, waiting, taken: [] }] : []
}
