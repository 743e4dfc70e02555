import type { Operation } from '../tracker/operation.js'
import type { Tracker } from '../tracker/tracker.js'
import { type Dialect, normalizeQuery } from './query-text.js'

const MAX_GENERATION = 1000 // texts; two generations are kept
const MAX_CACHED_LENGTH = 4000 // characters: longer texts carry their values and do not come twice; bounds the cache to 16 MB

/**
 * Operations by the text of their query. Two generations instead of a list by use: a hit is one look-up and moves nothing. When
 * the young generation is full it becomes the old one; what is asked for again is young again.
 */
export class QueryNames {
  readonly #tracker: Tracker
  readonly #dialect: Dialect
  #young = new Map<string, Operation>()
  #old = new Map<string, Operation>()

  constructor(tracker: Tracker, dialect: Dialect) {
    this.#tracker = tracker
    this.#dialect = dialect
  }

  operation(text: string): Operation {
    return this.#young.get(text) ?? this.#older(text)
  }

  /** Texts that are kept: for tests of the bound. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  #older(text: string): Operation {
    const operation = this.#old.get(text) ?? this.#tracker.operation('db', normalizeQuery(text, this.#dialect))
    if (text.length <= MAX_CACHED_LENGTH) {
      if (this.#young.size >= MAX_GENERATION) {
        this.#old = this.#young
        this.#young = new Map()
      }
      this.#young.set(text, operation)
    }
    return operation
  }
}
