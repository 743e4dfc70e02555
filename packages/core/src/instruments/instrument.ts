import type { Clock } from '../clock.js'
import type { Guard } from '../guard.js'
import type { Tracker } from '../tracker/tracker.js'
import type { PoolRegistry } from './pools.js'

/** Measures what one library or one part of Node does. `stop()` undoes everything that `start()` did. */
export interface Instrument {
  /** The npm package, or `http` and `fetch` for what Node brings: also its key in the `instruments` option. */
  readonly name: string
  start(): void
  stop(): void
  readonly state: InstrumentState
}

export interface InstrumentState {
  /** Loaded, and its work is measured. */
  readonly seen: boolean
  /** What is loaded but cannot be seen, and why; `null` when there is nothing to say (nothing loaded, or all of it is seen). */
  readonly reason: string | null
}

export interface InstrumentOptions {
  readonly tracker: Tracker
  readonly guard: Guard
  readonly clock: Clock
  readonly pools: PoolRegistry
}
