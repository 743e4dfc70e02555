// The objects whose methods the app asked to be timed: what undoes each, as long as the object is there.
import { PerfMonitorError } from '../errors.js'
import type { Guard } from '../guard.js'
import type { Tracker } from '../tracker/tracker.js'
import { instrumentObject, type Undo } from './instrument.js'

const PRUNE_AT = 100 // an app that makes one a request must not leave a closure each

export class Instrumented {
  readonly #tracker: Tracker
  readonly #guard: Guard
  #undos: Undo[] = []
  /** At how many the list is rid of objects that are gone. */
  #pruneAt = PRUNE_AT

  constructor(tracker: Tracker, guard: Guard) {
    this.#tracker = tracker
    this.#guard = guard
  }

  /** @throws PerfMonitorError `PERF_ARGUMENT_INVALID` */
  add(component: string, target: object, methods?: readonly string[]): void {
    this.#undos.push(instrumentObject(this.#tracker, component, target, methods))
    if (this.#undos.length < this.#pruneAt) return
    this.#undos = this.#undos.filter(({ isGone }) => !isGone)
    this.#pruneAt = Math.max(PRUNE_AT, 2 * this.#undos.length)
  }

  undoAll(): void {
    for (const undo of this.#undos.splice(0)) this.#guard.run('instrument', undo, undefined)
  }
}

/** @throws PerfMonitorError `PERF_ARGUMENT_INVALID` */
export function checkTarget(target: unknown): void {
  if (target !== null && (typeof target === 'object' || typeof target === 'function')) return
  throw new PerfMonitorError('PERF_ARGUMENT_INVALID', `\`target\` must be an object, got ${String(target)}`)
}
