// `pg` publishes nothing: its Client and its Pool are wrapped at the class.
import type { OperationSpan } from '../tracker/span.js'
import { ClassInstrument, type ClassInstrumentOptions, prototypeOf } from './class-instrument.js'
import type { Around, Patches } from './patches.js'
import type { PoolReading, Taker } from './pools.js'
import { QueryNames } from './query-names.js'
import { beginCall } from './spans.js'
import { timeCall } from './timed-call.js'

const PART = 'instrument pg'
const CLIENT = 'pg/lib/client.js'
const NATIVE_CLIENT = 'pg/lib/native/client.js'
const POOL = 'pg-pool/index.js'
const DEFAULT_PORT = 5432

interface PgPool {
  readonly options?: PoolOptions & { readonly max?: unknown }
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
  readonly ended?: boolean
  readonly _clients?: readonly object[]
  readonly _idle?: readonly { readonly client: object }[]
}

interface PoolOptions {
  readonly connectionString?: unknown
  readonly host?: unknown
  readonly port?: unknown
  readonly database?: unknown
}

export class PgInstrument extends ClassInstrument {
  readonly name = 'pg'
  readonly #names: QueryNames
  readonly #pools = new WeakMap<object, string>()

  constructor(options: ClassInstrumentOptions) {
    super(options)
    this.#names = new QueryNames(options.tracker, 'postgres')
  }

  protected files(): readonly string[] {
    return [CLIENT, NATIVE_CLIENT, POOL]
  }

  protected wrap(patches: Patches, file: string, exports: unknown): boolean {
    const prototype = prototypeOf(exports)
    if (prototype === null) return false
    if (file === POOL) return patches.wrap(prototype, 'connect', this.#pooled())
    const connect = this.#timed(() => this.#beginConnect())
    const query = this.#timed((_self, args) => this.#beginQuery(args))
    return [patches.wrap(prototype, 'connect', connect), patches.wrap(prototype, 'query', query)].includes(true)
  }

  /** Times a method; where `begin` fails or says `null`, the call goes on as if nothing stood around it. */
  #timed(begin: (self: object, args: unknown[]) => OperationSpan | null): Around {
    const { tracker, guard } = this.options
    return ({ self, args, proceed }) => {
      const span = guard.run(PART, () => begin(self as object, args), null)
      return span === null ? proceed() : timeCall({ tracker, span, args, proceed })
    }
  }

  /** `connect` of a pool: `query` of a pool goes through it as well. */
  #pooled(): Around {
    const { tracker, guard, pools } = this.options
    return ({ self, args, proceed }) => {
      const call = guard.run(PART, () => this.#beginWait(self as PgPool), null)
      if (call === null) return proceed()
      const { span, taker } = call
      const onResult = (client: unknown) => {
        if (typeof client === 'object' && client !== null) pools.took(client, taker)
      }
      return timeCall({ tracker, span, args, proceed, onResult })
    }
  }

  #beginQuery([config]: unknown[]): OperationSpan | null {
    const { tracker } = this.options
    if (typeof config === 'string') return beginCall(tracker, this.#names.operation(config))
    if (typeof config !== 'object' || config === null) return null
    const { text, submit, callback } = config as { text?: unknown; submit?: unknown; callback?: unknown }
    // cursors and streams end when the app stops reading; a callback within the object is not ours to replace
    if (typeof text !== 'string' || typeof submit === 'function' || typeof callback === 'function') return null
    return beginCall(tracker, this.#names.operation(text))
  }

  #beginConnect(): OperationSpan | null {
    return beginCall(this.options.tracker, this.options.tracker.operation('db', '(connect pg)'))
  }

  /** From asking for a connection to having one: waiting for a free one, or opening one. */
  #beginWait(pool: PgPool): { span: OperationSpan; taker: Taker } | null {
    const { tracker, pools } = this.options
    const span = beginCall(tracker, tracker.operation('pool', this.#nameOf(pool)))
    if (span === null) return null
    pools.add(pool, (each) => this.#readPool(each))
    return { span, taker: pools.taker(span) }
  }

  #readPool(pool: PgPool): PoolReading[] | null {
    if (pool.ended === true) return null
    const { totalCount: open, idleCount: idle, waitingCount: waiting, options, _clients: clients = [] } = pool
    const idlers = new Set(pool._idle?.map(({ client }) => client))
    const max = typeof options?.max === 'number' ? options.max : null
    const taken = clients.filter((client) => !idlers.has(client))
    return [{ name: this.#nameOf(pool), max, open, idle, waiting, taken }]
  }

  #nameOf(pool: PgPool): string {
    let name = this.#pools.get(pool)
    if (name === undefined) {
      name = poolName(pool.options ?? {})
      this.#pools.set(pool, name)
    }
    return name
  }
}

/** `pg host:port/database`, without user and password. */
function poolName({ connectionString, host, port, database }: PoolOptions): string {
  if (typeof connectionString === 'string') {
    if (!URL.canParse(connectionString)) return 'pg'
    const url = new URL(connectionString)
    return `pg ${url.hostname || 'localhost'}:${url.port || DEFAULT_PORT}${url.pathname}`
  }
  const { PGHOST, PGPORT, PGDATABASE } = process.env
  const named = database ?? PGDATABASE
  return `pg ${host ?? PGHOST ?? 'localhost'}:${port ?? PGPORT ?? DEFAULT_PORT}${named === undefined ? '' : `/${named}`}`
}
