import { type Clock, systemClock } from '../../src/clock.js'
import { DEFAULT_LIMITS } from '../../src/config/defaults.js'
import { Guard } from '../../src/guard.js'
import { PoolRegistry } from '../../src/instruments/pools.js'
import { RunCaptures } from '../../src/tracker/captures.js'
import type { RawFrame } from '../../src/tracker/frames.js'
import { Tracker } from '../../src/tracker/tracker.js'

export interface Measured {
  tracker: Tracker
  guard: Guard
  clock: Clock
  pools: PoolRegistry
  /** Runs `fn` in a run of `job name`. */
  inJob<T>(name: string, fn: () => Promise<T>): Promise<T>
  /** `component operation` → outcomes and calls of children; what recorded nothing is left out. */
  tree(): Record<string, Seen>
}

export interface Seen {
  success: number
  failure: number
  children: Record<string, number>
}

export function measured({
  clock = systemClock,
  requestScope = true,
  captures = false,
}: {
  clock?: Clock
  requestScope?: boolean
  /** Whether call sites are sampled. */
  captures?: boolean
} = {}): Measured {
  const guard = new Guard(clock, { info: () => {}, warn: () => {}, error: () => {} })
  const limits = { maxOperations: 5000, maxChildrenPerOperation: 64 }
  const runs = captures ? { captures: new RunCaptures({ clock, limits: DEFAULT_LIMITS }) } : {}
  const tracker = new Tracker({ clock, guard, limits, requestScope, isLongLived: null, ...runs })
  const locate = ({ url: file, line, column, function: name }: RawFrame) => ({ file, line, column, function: name })
  const pools = new PoolRegistry({ tracker, clock, guard, locate })
  const nameOf = (id: number) => `${tracker.byId(id)?.component} ${tracker.byId(id)?.operation}`
  return {
    tracker,
    guard,
    clock,
    pools,
    async inJob(name, fn) {
      const span = tracker.begin(tracker.operation('job', name))
      try {
        return await span.run(fn)
      } finally {
        span.end()
      }
    },
    tree: () =>
      Object.fromEntries(
        tracker.operations
          .filter(({ series, children }) => series.length > 0 || children.size > 0)
          .map(({ id, series, interval }) => [
            nameOf(id),
            {
              success: count(series, 'success'),
              failure: count(series, 'failure'),
              children: Object.fromEntries(
                [...interval.children].map(({ childId, calls }) => [nameOf(childId), calls]),
              ),
            },
          ]),
      ),
  }
}

function count(series: readonly { outcome: string; interval: { count: number } }[], outcome: string): number {
  return series.filter((each) => each.outcome === outcome).reduce((sum, { interval }) => sum + interval.count, 0)
}

/** Longest run so far of an operation, in ms. */
export function longestMs(tracker: Tracker, component: string, operation: string): number {
  return Math.max(...tracker.operation(component, operation).series.map(({ interval }) => interval.max ?? 0))
}
