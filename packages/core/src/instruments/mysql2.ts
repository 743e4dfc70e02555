import type { OperationSpan } from '../tracker/span.js'
import { ChannelInstrument, type ChannelInstrumentOptions, type Starting } from './channel-instrument.js'
import { prototypeOf } from './class-instrument.js'
import { type Around, Patches } from './patches.js'
import type { PoolReading, Taker } from './pools.js'
import { QueryNames } from './query-names.js'
import { beginCall, runBeside } from './spans.js'
import { TracedCalls } from './traced-calls.js'

const PART = 'instrument mysql2'
const POOL = 'mysql2/lib/base/pool.js'
const DEFAULT_PORT = 3306

interface QueryContext {
  readonly query?: unknown
}

interface PoolContext {
  readonly database?: string
  readonly serverAddress?: string
  readonly serverPort?: number
}

interface Connections {
  readonly length: number
  get(index: number): object | undefined
}

interface Mysql2Pool {
  readonly config: {
    readonly connectionLimit?: unknown
    readonly connectionConfig: { socketPath?: string; host?: string; port?: number; database?: string }
  }
  readonly _allConnections: Connections
  readonly _freeConnections: Connections
  readonly _connectionQueue: { readonly length: number }
  readonly _closed?: boolean
}

export class Mysql2Instrument extends ChannelInstrument {
  readonly name = 'mysql2'
  readonly #names: QueryNames
  /** The wait for a connection that just ended, while the pool runs the callback that waited. */
  #waited: OperationSpan | null = null

  constructor(options: ChannelInstrumentOptions) {
    super(options, { main: 'mysql2/index.js', publisher: 'mysql2/lib/tracing.js', since: '3.24' })
    this.#names = new QueryNames(options.tracker, 'mysql')
  }

  protected build(): readonly Starting[] {
    const { tracker, guard } = this.options
    const traced = <T extends object>(channel: string, begin: (context: T) => OperationSpan | null) =>
      new TracedCalls<T>({ channel, part: PART, guard, begin })
    const query = ({ query }: QueryContext) => this.#beginQuery(query)
    return [
      this.#pools(),
      traced<QueryContext>('mysql2:query', query),
      traced<QueryContext>('mysql2:execute', query),
      traced('mysql2:connect', () => beginCall(tracker, tracker.operation('db', '(connect mysql2)'))),
      new TracedCalls<PoolContext>({
        channel: 'mysql2:pool:connect',
        part: PART,
        guard,
        begin: (context) => beginCall(tracker, tracker.operation('pool', poolName(context))),
        onCallback: (span) => {
          this.#waited = span
        },
      }),
    ]
  }

  /** The channels tell of waits, not of the pool: its class is wrapped to see the pools and who takes of them. */
  #pools(): Starting {
    const { modules, pools, guard } = this.options
    const getConnection: Around = ({ self, args: [callback, ...rest], proceed }) => {
      if (typeof callback !== 'function') return proceed()
      const taker = guard.run<Taker | null>(
        PART,
        () => {
          pools.add(self as Mysql2Pool, readPool)
          return pools.taker(null)
        },
        null,
      )
      if (taker === null) return proceed()
      const withTaker = function (this: unknown, ...results: unknown[]): unknown {
        const [error, connection] = results
        if (!error && typeof connection === 'object' && connection !== null) pools.took(connection, taker)
        return Reflect.apply(callback, this, results)
      }
      return proceed([withTaker, ...rest])
    }
    let patches: Patches | null = null
    let unwatch = () => {}
    return {
      start: () => {
        const present = new Patches()
        patches = present
        unwatch = modules.watch(POOL, (exports) => {
          const prototype = prototypeOf(exports)
          if (prototype !== null) present.wrap(prototype, 'getConnection', getConnection)
        })
      },
      stop: () => {
        unwatch()
        patches?.undo()
      },
    }
  }

  #beginQuery(query: unknown): OperationSpan | null {
    const operation = this.#names.operation(String(query))
    const { tracker } = this.options
    const waited = this.#waited
    // a pool hands a connection on where another request gave it back: the query belongs to who waited for it
    return waited === null
      ? beginCall(tracker, operation)
      : runBeside(tracker, waited, () => beginCall(tracker, operation))
  }
}

function poolName({ database, serverAddress, serverPort }: PoolContext): string {
  const server = serverPort === undefined ? serverAddress : `${serverAddress}:${serverPort}`
  return `mysql2 ${server ?? 'unknown'}${database ? `/${database}` : ''}`
}

function readPool({
  config,
  _allConnections,
  _freeConnections,
  _connectionQueue,
  _closed,
}: Mysql2Pool): PoolReading[] | null {
  if (_closed === true) return null
  const { socketPath, host, port, database } = config.connectionConfig
  const server =
    socketPath === undefined
      ? { serverAddress: host || 'localhost', serverPort: port || DEFAULT_PORT }
      : { serverAddress: socketPath }
  const limit = config.connectionLimit
  const free = new Set(listed(_freeConnections))
  return [
    {
      name: poolName({ ...server, database }),
      max: typeof limit === 'number' && limit > 0 ? limit : null,
      open: _allConnections.length,
      idle: _freeConnections.length,
      waiting: _connectionQueue.length,
      taken: listed(_allConnections).filter((connection) => !free.has(connection)),
    },
  ]
}

function listed(connections: Connections): object[] {
  return Array.from({ length: connections.length }, (_, index) => connections.get(index)).filter(
    (connection) => connection !== undefined,
  )
}
