import type { OperationSpan } from '../tracker/span.js'
import { ChannelInstrument, type ChannelInstrumentOptions, type Starting } from './channel-instrument.js'
import { QueryNames } from './query-names.js'
import { beginCall, runBeside } from './spans.js'
import { TracedCalls } from './traced-calls.js'

const PART = 'instrument mysql2'

interface QueryContext {
  readonly query?: unknown
}

interface PoolContext {
  readonly database?: string
  readonly serverAddress?: string
  readonly serverPort?: number
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
