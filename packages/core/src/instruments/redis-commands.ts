import type { Operation } from '../tracker/operation.js'
import type { OperationSpan } from '../tracker/span.js'
import type { Tracker } from '../tracker/tracker.js'
import { beginCall } from './spans.js'

const MAX_COMMANDS = 1000 // Redis with its modules has some 500; scripts defined by the app come on top
const NOT_A_NAME = /[^A-Z0-9._-]/g // a command is a word: whatever else an app sends is no name

// they wait on purpose, for a job or a replica: what they take says nothing about the server
const BLOCKING = /^(?:BL(?:POP|MOVE|MPOP)|BRPOP(?:LPUSH)?|BZ(?:POPMIN|POPMAX|MPOP)|WAIT(?:AOF)?)$/
const BLOCKING_BY_OPTION = /^XREAD(?:GROUP)?$/

/** Redis commands by their name: `GET`, never with a key. */
export class RedisCommands {
  readonly #tracker: Tracker
  readonly #operations = new Map<unknown, Operation>()

  constructor(tracker: Tracker) {
    this.#tracker = tracker
  }

  /** `null`: not measured. `args` tell whether it blocks. */
  begin(command: unknown, args?: unknown): OperationSpan | null {
    const operation = this.#operation(command)
    if (BLOCKING.test(operation.operation)) return null
    if (BLOCKING_BY_OPTION.test(operation.operation) && hasBlockOption(args)) return null
    return beginCall(this.#tracker, operation)
  }

  #operation(command: unknown): Operation {
    const known = this.#operations.get(command)
    if (known !== undefined) return known
    const name = String(command).toUpperCase().replace(NOT_A_NAME, '').slice(0, 40)
    if (this.#operations.size >= MAX_COMMANDS) return this.#tracker.operation('db', '(other)')
    const operation = this.#tracker.operation('db', name === '' ? '(other)' : name)
    this.#operations.set(command, operation)
    return operation
  }
}

function hasBlockOption(args: unknown): boolean {
  return Array.isArray(args) && args.some((arg) => typeof arg === 'string' && arg.toUpperCase() === 'BLOCK')
}
