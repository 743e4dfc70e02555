// The operations that a rule is about, kept from one window to the next: an interval touches some of ten thousand, and only those
// that changed can have become another case. What they are about beside (how long the window is) the rule looks at each time.
import type { MetricsWindow, OperationView } from '../types/window.js'

export class PickedOperations {
  readonly #picks: (operation: OperationView) => boolean
  #picked = new Set<OperationView>()
  /** Of which row of windows, and up to which number; `null`: of none. */
  #of: object | null = null
  #number = 0

  /** `picks` looks at nothing but the operation's own sums. */
  constructor(picks: (operation: OperationView) => boolean) {
    this.#picks = picks
  }

  /** Those of this window, in steps; valid until the next call. */
  *in(window: MetricsWindow): Generator<void, ReadonlySet<OperationView>> {
    const { changes } = window
    const ahead = changes === undefined || changes.of !== this.#of ? null : changes.number - this.#number
    if (ahead === 0) return this.#picked
    this.#of = null // a rule that is broken off leaves nothing half done behind
    if (changes === undefined || ahead !== 1) this.#picked = yield* this.#all(window)
    else yield* this.#update(changes.changed, changes.gone)
    if (changes !== undefined) {
      this.#of = changes.of
      this.#number = changes.number
    }
    return this.#picked
  }

  *#all(window: MetricsWindow): Generator<void, Set<OperationView>> {
    const picked = new Set<OperationView>()
    for (const operation of window.operations) {
      yield
      if (this.#picks(operation)) picked.add(operation)
    }
    return picked
  }

  *#update(changed: Iterable<OperationView>, gone: Iterable<OperationView>): Generator<void, void> {
    for (const operation of changed) {
      yield
      if (this.#picks(operation)) this.#picked.add(operation)
      else this.#picked.delete(operation)
    }
    for (const operation of gone) {
      yield
      this.#picked.delete(operation)
    }
  }
}
