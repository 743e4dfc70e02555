// The operations that a rule is about, kept from one window to the next: an interval touches some of ten thousand, and only those
// that changed can have become another case. What they are about beside (how long the window is) the rule looks at each time.
import type { MetricsWindow, OperationView } from '../types/window.js'

const LOOKS_PER_STEP = 16 // one takes 50 to 500 ns, a step through the layers of generators above as long again

export interface Picks {
  /** Both look at nothing but the operation's own sums. */
  picks: (operation: OperationView) => boolean
  /** What takes longer than reading a few fields: asked of those that are picked, each in a step of its own. */
  confirms?: (operation: OperationView) => boolean
}

export class PickedOperations {
  readonly #picks: Picks['picks']
  readonly #confirms: Picks['confirms']
  #picked = new Set<OperationView>()
  /** Of which row of windows, and up to which number; `null`: of none. */
  #of: object | null = null
  #number = 0

  constructor({ picks, confirms }: Picks) {
    this.#picks = picks
    this.#confirms = confirms
  }

  /** Those of this window, in steps; valid until the next call. */
  *in(window: MetricsWindow): Generator<void, ReadonlySet<OperationView>> {
    const { changes } = window
    const ahead = changes === undefined || changes.of !== this.#of ? null : changes.number - this.#number
    if (ahead === 0) return this.#picked
    this.#of = null // a rule that is broken off leaves nothing half done behind
    if (ahead !== 1) this.#picked = new Set()
    yield* this.#pick(changes !== undefined && ahead === 1 ? changes.changed : window.operations)
    for (const operation of changes?.gone ?? []) this.#picked.delete(operation)
    if (changes !== undefined) {
      this.#of = changes.of
      this.#number = changes.number
    }
    return this.#picked
  }

  *#pick(operations: Iterable<OperationView>): Generator<void, void> {
    let looked = 0
    for (const operation of operations) {
      if (looked++ % LOOKS_PER_STEP === 0) yield
      let isPicked = this.#picks(operation)
      if (isPicked && this.#confirms !== undefined) {
        yield
        isPicked = this.#confirms(operation)
      }
      if (isPicked) this.#picked.add(operation)
      else this.#picked.delete(operation)
    }
  }
}
