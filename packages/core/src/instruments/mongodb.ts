// `mongodb` tells its commands as events of each client that asks for it: every client is asked when it connects.
import type { EventEmitter } from 'node:events'
import type { OperationSpan } from '../tracker/span.js'
import { ClassInstrument, type ClassInstrumentOptions, prototypeOf } from './class-instrument.js'
import { CollectionOperations } from './collection-operations.js'
import { contained } from './contained.js'
import type { Patches } from './patches.js'
import type { PoolReading } from './pools.js'
import { beginCall } from './spans.js'
import { timeCall } from './timed-call.js'

const PART = 'instrument mongodb'
const CLIENT = 'mongodb/lib/mongo_client.js'
const POOL = 'mongodb/lib/cmap/connection_pool.js'
const MONGOOSE_PUBLISHER = 'mongoose/lib/tracing.js'
const MAX_OPEN = 10_000 // commands in flight; further ones are not measured
const MAX_STREAMS = 1000 // cursors of change streams that are remembered
/** The driver's own talk with the server. */
const HOUSEKEEPING = new Set([
  'hello',
  'ismaster',
  'isMaster',
  'saslStart',
  'saslContinue',
  'endSessions',
  'killCursors',
])

interface Client extends EventEmitter {
  readonly options?: { readonly driverInfo?: { readonly name?: unknown } }
  readonly topology?: unknown
  monitorCommands?: boolean
}

interface CommandEvent {
  readonly requestId: number
  readonly commandName: string
  readonly command?: Record<string, unknown>
  readonly failure?: unknown
  readonly reply?: { readonly cursor?: { readonly id?: unknown } }
}

interface MongoPool {
  readonly address: string
  readonly options: { readonly maxPoolSize?: unknown }
  readonly totalConnectionCount: number
  readonly availableConnectionCount: number
  readonly waitQueueSize: number
  readonly checkedOut?: Iterable<object>
  readonly closed: boolean
}

export interface MongodbOptions extends ClassInstrumentOptions {
  /** Whether mongoose's own instrument is on: its clients are then left to it. */
  readonly isMongooseSeen: boolean
}

export class MongodbInstrument extends ClassInstrument {
  readonly name = 'mongodb'
  readonly #isMongooseSeen: boolean
  readonly #operations: CollectionOperations
  readonly #open = new Map<number, OperationSpan>()
  /** Change streams: their `getMore` waits on purpose until something changes. */
  readonly #streams = new Set<string>()
  readonly #opensStream = new Set<number>()
  #clients = new Set<WeakRef<Client>>()
  #known = new WeakSet<Client>()
  #sawConnected = false

  constructor(options: MongodbOptions) {
    super(options)
    this.#isMongooseSeen = options.isMongooseSeen
    this.#operations = new CollectionOperations(options.tracker)
    const { guard } = options
    this.#onStarted = contained<CommandEvent>(guard, PART, (event) => this.#begin(event))
    this.#onSucceeded = contained<CommandEvent>(guard, PART, ({ requestId, reply }) => {
      if (this.#opensStream.delete(requestId)) this.#rememberStream(reply?.cursor?.id)
      this.#end(requestId, true)
    })
    this.#onFailed = contained<CommandEvent>(guard, PART, ({ requestId, failure }) =>
      this.#end(requestId, false, failure),
    )
  }

  readonly #onStarted: (event: unknown) => void
  readonly #onSucceeded: (event: unknown) => void
  readonly #onFailed: (event: unknown) => void

  override stop(): void {
    super.stop()
    for (const reference of this.#clients) {
      const client = reference.deref()
      client?.off('commandStarted', this.#onStarted)
      client?.off('commandSucceeded', this.#onSucceeded)
      client?.off('commandFailed', this.#onFailed)
    }
    this.#clients = new Set()
    this.#known = new WeakSet()
    this.#open.clear()
    this.#streams.clear()
    this.#opensStream.clear()
  }

  protected override remark(): string | null {
    return this.#sawConnected ? 'clients that connected before the monitor started are not seen' : null
  }

  protected files(): readonly string[] {
    return [CLIENT, POOL]
  }

  protected wrap(patches: Patches, file: string, exports: unknown): boolean {
    // what is seen of a client stands or falls with the client's class
    if (file === POOL)
      return this.#wrapPool(patches, prototypeOf((exports as { ConnectionPool?: unknown }).ConnectionPool))
    const prototype = prototypeOf((exports as { MongoClient?: unknown }).MongoClient)
    if (prototype === null) return false
    const { guard } = this.options
    // `db` sees clients that connect by themselves at their first command, and those that did before us
    const isDbWrapped = patches.wrap(prototype, 'db', ({ self, proceed }) => {
      guard.run(PART, () => this.#listen(self as Client), undefined)
      return proceed()
    })
    const isConnectWrapped = patches.wrap(prototype, 'connect', ({ self, proceed }) => {
      guard.run(PART, () => this.#listen(self as Client), undefined)
      return proceed()
    })
    return isDbWrapped || isConnectWrapped
  }

  #wrapPool(patches: Patches, prototype: object | null): boolean {
    const { tracker, guard, pools } = this.options
    if (prototype === null) return false
    return patches.wrap(prototype, 'checkOut', ({ self, args, proceed }) => {
      const pool = self as MongoPool
      const call = guard.run(
        PART,
        () => {
          pools.add(pool, readPool)
          const span = beginCall(tracker, tracker.operation('pool', poolName(pool)))
          return span === null ? null : { span, taker: pools.taker(span) }
        },
        null,
      )
      if (call === null) return proceed()
      const { span, taker } = call
      const onResult = (connection: unknown) => {
        if (typeof connection === 'object' && connection !== null) pools.took(connection, taker)
      }
      return timeCall({ tracker, span, args, proceed, onResult })
    })
  }

  #listen(client: Client): void {
    if (this.#known.has(client)) return
    this.#known.add(client)
    const isMongoose = client.options?.driverInfo?.name === 'Mongoose'
    if (isMongoose && this.#isMongooseSeen && this.options.modules.isLoaded(MONGOOSE_PUBLISHER)) return
    if (client.monitorCommands !== true) {
      if (client.topology != null) {
        this.#sawConnected = true // its connections were told not to
        return
      }
      client.monitorCommands = true
    }
    this.#forgetCollected()
    this.#clients.add(new WeakRef(client))
    client.on('commandStarted', this.#onStarted)
    client.on('commandSucceeded', this.#onSucceeded)
    client.on('commandFailed', this.#onFailed)
  }

  #forgetCollected(): void {
    for (const reference of this.#clients) if (reference.deref() === undefined) this.#clients.delete(reference)
  }

  #begin({ requestId, commandName, command }: CommandEvent): void {
    if (HOUSEKEEPING.has(commandName) || this.#open.size >= MAX_OPEN) return
    if (commandName === 'getMore' && this.#streams.has(String(command?.getMore))) return
    if (commandName === 'aggregate' && isChangeStream(command)) this.#opensStream.add(requestId)
    const collection = commandName === 'getMore' ? command?.collection : command?.[commandName]
    const span = beginCall(this.options.tracker, this.#operations.operation(commandName, collection))
    if (span !== null) this.#open.set(requestId, span)
  }

  #rememberStream(cursorId: unknown): void {
    if (this.#streams.size >= MAX_STREAMS) this.#streams.clear()
    this.#streams.add(String(cursorId))
  }

  #end(requestId: number, success: boolean, error?: unknown): void {
    this.#opensStream.delete(requestId)
    const span = this.#open.get(requestId)
    if (span === undefined) return
    this.#open.delete(requestId)
    span.end(success, error)
  }
}

function isChangeStream(command: Record<string, unknown> | undefined): boolean {
  const [first] = Array.isArray(command?.pipeline) ? command.pipeline : []
  return typeof first === 'object' && first !== null && '$changeStream' in first
}

/** `mongodb host:port`: one pool for each server of the deployment. */
function poolName({ address }: MongoPool): string {
  return `mongodb ${address}`
}

function readPool(pool: MongoPool): PoolReading[] | null {
  if (pool.closed) return null
  const { maxPoolSize } = pool.options
  return [
    {
      name: poolName(pool),
      max: typeof maxPoolSize === 'number' && maxPoolSize > 0 ? maxPoolSize : null, // 0: unlimited
      open: pool.totalConnectionCount,
      idle: pool.availableConnectionCount,
      waiting: pool.waitQueueSize,
      taken: pool.checkedOut ?? [],
    },
  ]
}
