import { ChannelInstrument, type ChannelInstrumentOptions, type Starting } from './channel-instrument.js'
import { CollectionOperations } from './collection-operations.js'
import { beginCall } from './spans.js'
import { TracedCalls } from './traced-calls.js'

const PART = 'instrument mongoose'
/** `mongoose:cursor:next` is left out: it comes once per document, most of which the driver holds already. */
const CHANNELS = ['query', 'aggregate', 'model:save', 'model:insertMany', 'model:bulkWrite']

interface MongooseContext {
  readonly operation?: unknown
  readonly collection?: unknown
}

export class MongooseInstrument extends ChannelInstrument {
  readonly name = 'mongoose'
  readonly #operations: CollectionOperations

  constructor(options: ChannelInstrumentOptions) {
    super(options, { main: 'mongoose/lib/mongoose.js', publisher: 'mongoose/lib/tracing.js', since: '9' })
    this.#operations = new CollectionOperations(options.tracker)
  }

  protected build(): readonly Starting[] {
    const { tracker, guard } = this.options
    const begin = ({ operation, collection }: MongooseContext) =>
      beginCall(tracker, this.#operations.operation(operation, collection))
    return CHANNELS.map(
      (channel) => new TracedCalls<MongooseContext>({ channel: `mongoose:${channel}`, part: PART, guard, begin }),
    )
  }
}
