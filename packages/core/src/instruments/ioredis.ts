import { ChannelInstrument, type ChannelInstrumentOptions, type Starting } from './channel-instrument.js'
import { RedisCommands } from './redis-commands.js'
import { beginCall } from './spans.js'
import { TracedCalls } from './traced-calls.js'

const PART = 'instrument ioredis'

/** `ioredis:batch` is left out: ioredis publishes each command of a transaction as well, MULTI and EXEC among them. */
export class IoredisInstrument extends ChannelInstrument {
  readonly name = 'ioredis'
  readonly #commands: RedisCommands

  constructor(options: ChannelInstrumentOptions) {
    super(options, { main: 'ioredis/built/Redis.js', publisher: 'ioredis/built/tracing.js', since: '6' })
    this.#commands = new RedisCommands(options.tracker)
  }

  protected build(): readonly Starting[] {
    const { tracker, guard } = this.options
    return [
      new TracedCalls<{ command?: unknown; args?: unknown }>({
        channel: 'ioredis:command',
        part: PART,
        guard,
        begin: ({ command, args }) => this.#commands.begin(command, args),
      }),
      new TracedCalls({
        channel: 'ioredis:connect',
        part: PART,
        guard,
        begin: () => beginCall(tracker, tracker.operation('db', '(connect ioredis)')),
      }),
    ]
  }
}
