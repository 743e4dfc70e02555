// Pools for whatever one likes: `tarn` (knex), `sequelize-pool` (sequelize) and `generic-pool`. Their class is wrapped where a resource is
// asked for; the rest is read off the pool.
import type { OperationSpan } from '../tracker/span.js'
import type { InstrumentName } from '../types/instruments.js'
import { ClassInstrument, type ClassInstrumentOptions, prototypeOf } from './class-instrument.js'
import type { Patches } from './patches.js'
import type { PoolReading, ReadPool } from './pools.js'
import { beginCall } from './spans.js'
import { isThenable } from './timed-call.js'

export type LibraryPoolName = Extract<InstrumentName, 'tarn' | 'sequelize-pool' | 'generic-pool'>

interface Library<T extends object> {
  readonly file: string
  readonly classOf: (exports: unknown) => unknown
  readonly read: (pool: T) => Omit<PoolReading, 'name'> | null
}

interface TarnPool {
  readonly max: number
  readonly used: readonly { readonly resource: object }[]
  readonly free: readonly object[]
  readonly pendingAcquires: readonly object[]
  readonly destroyed: boolean
}

interface SequelizePool {
  readonly maxSize: number
  readonly size: number
  readonly available: number
  readonly waiting: number
  readonly _inUseObjects?: readonly { readonly resource: object }[]
  readonly _draining?: boolean
}

interface GenericPool {
  readonly max: number
  readonly size: number
  readonly available: number
  readonly pending: number
  readonly _resourceLoans?: ReadonlyMap<object, object>
  readonly _draining?: boolean
}

const named = (exports: unknown) => (exports as { Pool?: unknown }).Pool

const LIBRARIES: { readonly [name in LibraryPoolName]: Library<never> } = {
  tarn: {
    file: 'tarn/dist/Pool.js',
    classOf: named,
    read({ max, used, free, pendingAcquires, destroyed }: TarnPool) {
      if (destroyed) return null
      const taken = used.map(({ resource }) => resource)
      return { max, open: used.length + free.length, idle: free.length, waiting: pendingAcquires.length, taken }
    },
  },
  'sequelize-pool': {
    file: 'sequelize-pool/lib/Pool.js',
    classOf: named,
    read({ maxSize: max, size: open, available: idle, waiting, _inUseObjects, _draining }: SequelizePool) {
      if (_draining === true && open === 0) return null
      return { max, open, idle, waiting, taken: _inUseObjects?.map(({ resource }) => resource) ?? [] }
    },
  },
  'generic-pool': {
    file: 'generic-pool/lib/Pool.js',
    classOf: (exports) => exports,
    read({ max, size: open, available: idle, pending: waiting, _resourceLoans, _draining }: GenericPool) {
      if (_draining === true && open === 0) return null
      return { max, open, idle, waiting, taken: _resourceLoans?.keys() ?? [] }
    },
  },
}

export class LibraryPoolInstrument extends ClassInstrument {
  readonly name: LibraryPoolName
  readonly #library: Library<object>
  readonly #read: ReadPool<object>

  constructor(name: LibraryPoolName, options: ClassInstrumentOptions) {
    super(options)
    this.name = name
    this.#library = LIBRARIES[name] as Library<object>
    this.#read = (pool) => {
      const reading = this.#library.read(pool)
      return reading === null ? null : [{ name, ...reading }]
    }
  }

  protected files(): readonly string[] {
    return [this.#library.file]
  }

  protected wrap(patches: Patches, _file: string, exports: unknown): boolean {
    const prototype = prototypeOf(this.#library.classOf(exports))
    if (prototype === null) return false
    const { tracker, guard, pools } = this.options
    return patches.wrap(prototype, 'acquire', ({ self, args, proceed }) => {
      const call = guard.run(
        `instrument ${this.name}`,
        () => {
          pools.add(self as object, this.#read)
          const span = beginCall(tracker, tracker.operation('pool', this.name))
          return span === null ? null : { span, taker: pools.taker(span) }
        },
        null,
      )
      if (call === null) return proceed()
      const { span, taker } = call
      const onResult = (resource: unknown) => {
        if (typeof resource === 'object' && resource !== null) pools.took(resource, taker)
      }
      return follow(() => proceed(args), span, onResult)
    })
  }
}

/** Ends the wait with the promise. What follows it is handed on, so that a rejection nobody handles stays one. */
function follow(acquire: () => unknown, span: OperationSpan, onResult: (resource: unknown) => void): unknown {
  const following = (promise: PromiseLike<unknown>) =>
    promise.then(
      (resource) => {
        span.end(true)
        onResult(resource)
        return resource
      },
      (reason) => {
        span.end(false, reason)
        throw reason
      },
    )
  let acquired: unknown
  try {
    acquired = acquire()
  } catch (error) {
    span.end(false, error)
    throw error
  }
  if (isThenable(acquired)) return following(acquired)
  // tarn returns an object that holds the promise
  const operation = acquired as { promise?: unknown } | null
  if (isThenable(operation?.promise)) (operation as { promise: unknown }).promise = following(operation.promise)
  else span.end(true)
  return acquired
}
