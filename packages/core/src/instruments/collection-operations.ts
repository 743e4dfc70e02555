import type { Operation } from '../tracker/operation.js'
import type { Tracker } from '../tracker/tracker.js'

const MAX_NAMES = 2000 // commands times collections; apps that make a collection per customer know any number

/** MongoDB operations by command and collection: `find users`. */
export class CollectionOperations {
  readonly #tracker: Tracker
  readonly #byCommand = new Map<string, Map<string, Operation>>()
  #count = 0

  constructor(tracker: Tracker) {
    this.#tracker = tracker
  }

  operation(command: unknown, collection: unknown): Operation {
    const verb = String(command)
    const target = typeof collection === 'string' ? collection : ''
    const known = this.#byCommand.get(verb)?.get(target)
    if (known !== undefined) return known
    if (this.#count >= MAX_NAMES) return this.#tracker.operation('db', '(other)')
    const operation = this.#tracker.operation('db', target === '' ? verb : `${verb} ${target}`)
    let byTarget = this.#byCommand.get(verb)
    if (byTarget === undefined) {
      byTarget = new Map()
      this.#byCommand.set(verb, byTarget)
    }
    byTarget.set(target, operation)
    this.#count++
    return operation
  }
}
