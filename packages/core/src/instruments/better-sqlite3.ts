// `better-sqlite3` publishes nothing: its Statement and its Database are wrapped at the class. All of it is synchronous.
import type { OperationSpan } from '../tracker/span.js'
import { ClassInstrument, type ClassInstrumentOptions, prototypeOf } from './class-instrument.js'
import type { Around, Patches } from './patches.js'
import { QueryNames } from './query-names.js'
import { beginCall } from './spans.js'

const PART = 'instrument better-sqlite3'
const DATABASE = 'better-sqlite3/lib/database.js'
const ADDON = 'better-sqlite3/build/Release/better_sqlite3.node'
/** `iterate` is left out: it ends when the app stops reading. */
const METHODS = ['run', 'get', 'all']

export class BetterSqlite3Instrument extends ClassInstrument {
  readonly name = 'better-sqlite3'
  readonly #names: QueryNames
  #statements = new WeakSet<object>()

  constructor(options: ClassInstrumentOptions) {
    super(options)
    this.#names = new QueryNames(options.tracker, 'sqlite')
  }

  override stop(): void {
    super.stop()
    this.#statements = new WeakSet()
  }

  protected files(): readonly string[] {
    return [DATABASE, ADDON]
  }

  protected wrap(patches: Patches, file: string, exports: unknown): boolean {
    // the addon is loaded with the first database, and may come from elsewhere (`nativeBinding`): the first statement shows its class
    if (file === ADDON) return this.#wrapStatement(patches, prototypeOf((exports as { Statement?: unknown }).Statement))
    const prototype = prototypeOf(exports)
    if (prototype === null) return false
    patches.wrap(
      prototype,
      'exec',
      this.#timed(({ args: [sql] }) => sql),
    )
    return patches.wrap(prototype, 'prepare', ({ proceed }) => {
      const statement = proceed()
      this.options.guard.run(PART, () => this.#wrapStatement(patches, Object.getPrototypeOf(statement)), false)
      return statement
    })
  }

  #wrapStatement(patches: Patches, prototype: object | null): boolean {
    if (prototype === null) return false
    if (this.#statements.has(prototype)) return true
    this.#statements.add(prototype)
    const timed = this.#timed(({ self }) => (self as { source?: unknown }).source)
    return METHODS.map((method) => patches.wrap(prototype, method, timed)).includes(true)
  }

  #timed(textOf: (call: { self: unknown; args: unknown[] }) => unknown): Around {
    const { guard } = this.options
    return ({ self, args, proceed }) => {
      const span = guard.run(PART, () => this.#begin(textOf({ self, args })), null)
      if (span === null) return proceed()
      try {
        const result = proceed()
        span.end(true)
        return result
      } catch (error) {
        span.end(false, error)
        throw error
      }
    }
  }

  #begin(text: unknown): OperationSpan | null {
    return typeof text === 'string' ? beginCall(this.options.tracker, this.#names.operation(text)) : null
  }
}
