import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Operation } from '../tracker/operation.js'
import { ChannelInstrument, type ChannelInstrumentOptions, type Starting } from './channel-instrument.js'
import { contained } from './contained.js'
import { RedisCommands } from './redis-commands.js'
import { beginCall } from './spans.js'
import { TracedCalls } from './traced-calls.js'

const PART = 'instrument redis'
const POOL_WAIT = 'node-redis:pool:connection-wait'

interface CommandContext {
  readonly command?: unknown
  readonly batchMode?: unknown
}

/** Packages `redis` and `@redis/client`, known as node-redis. */
export class RedisInstrument extends ChannelInstrument {
  readonly name = 'redis'
  readonly #commands: RedisCommands
  #wait: Operation | null = null

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
        begin: ({ command, batchMode }) => (batchMode === undefined ? this.#commands.begin(command) : null),
      }),
      new TracedCalls<CommandContext>({
        channel: 'node-redis:batch',
        part: PART,
        guard,
        begin: ({ batchMode }) => this.#commands.begin(batchMode ?? 'PIPELINE'),
      }),
      new TracedCalls({
        channel: 'node-redis:connect',
        part: PART,
        guard,
        begin: () => beginCall(tracker, tracker.operation('db', '(connect redis)')),
      }),
      { start: () => subscribe(POOL_WAIT, onWait), stop: () => unsubscribe(POOL_WAIT, onWait) },
    ]
  }

  /** From `performance.now()` of the task's arrival; the waiter's async context is not told, so this has no parent. */
  #addWait(startedAtMs: unknown): void {
    if (typeof startedAtMs === 'number') {
      this.#wait ??= this.options.tracker.operation('pool', 'redis')
      this.#wait.record(performance.now() - startedAtMs)
    }
  }
}
