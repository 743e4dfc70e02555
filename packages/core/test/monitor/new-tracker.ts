import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ManualClock } from '../../src/clock.js'
import { Guard } from '../../src/guard.js'
import { Tracker } from '../../src/tracker/tracker.js'

export function newTracker() {
  const clock = new ManualClock()
  const limits = { maxOperations: 100, maxChildrenPerOperation: 10 }
  const guard = new Guard(clock, console)
  return { clock, tracker: new Tracker({ clock, guard, limits, requestScope: true, isLongLived: null }) }
}

export function outcomes(tracker: Tracker): Record<string, Record<string, number>> {
  return Object.fromEntries(
    tracker.operations.map(({ operation, series }) => [
      operation,
      Object.fromEntries(series.map(({ outcome, interval }) => [outcome, interval.count])),
    ]),
  )
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects garbage until that shows (finalizers run in tasks of their own). The suite's patience is the limit. */
export async function collectedUntil(shows: () => boolean): Promise<void> {
  while (!shows()) {
    await new Promise((resolve) => setImmediate(resolve)) // what a WeakRef was asked for is kept until its job ends
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
