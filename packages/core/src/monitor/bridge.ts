// What a bridge to another tracer does with a monitor: begin and end that tracer's runs as operations, and leave out what is measured here.
import { requestMatcher } from '../config/matcher.js'
import type { Guard } from '../guard.js'
import { type Dialect, normalizeQuery } from '../instruments/query-text.js'
import { type ForeignScope, ForeignSpan, type ForeignTrace } from '../tracker/foreign-span.js'
import type { Operation } from '../tracker/operation.js'
import type { Span } from '../tracker/span.js'
import type { PerformanceConfig } from '../types/config.js'
import type { InstrumentName } from '../types/instruments.js'
import { PerformanceMonitor } from './performance-monitor.js'

export interface BridgeHost {
  readonly monitor: PerformanceMonitor
  /** False while the monitor is disabled or stopped: let spans pass. */
  readonly enabled: boolean
  /** Contains faults of the bridge's own. */
  readonly guard: Guard
  /** Whether an adapter measures requests (then `http` is its own). */
  readonly hasAdapter: boolean
  /** Whether an instrument is on and sees its library. */
  isMeasured(instrument: InstrumentName): boolean
  /** Whether the app, or the endpoints themselves, want this request left out. */
  isIgnored(request: { method: string; url: string }): boolean
  operation(component: string, name: string): Operation
  /** Begins a run that the other tracer began `ageMs` ago. */
  begin(options: { operation: Operation; parent: Span | null; ageMs: number; trace?: ForeignTrace }): ForeignSpan
  /** The run of this process that is current, or one of the other tracer's inside it. */
  innermost(): Span | null
  /** The tracker asks `scope` from now on. One bridge at a time: `null` when there is one. @returns what ends it */
  attach(scope: ForeignScope): (() => void) | null
  /** A query without its values, as the instruments name it. */
  queryName(text: string, dialect: Dialect): string
  /** A method as operations are named: what Node's parser does not know is `_OTHER`. */
  methodName(method: string): string
}

/** Builds and starts a monitor, or shares the given one. */
export function bridgeHost(config?: PerformanceConfig | PerformanceMonitor): BridgeHost {
  const monitor = config instanceof PerformanceMonitor ? config : new PerformanceMonitor(config)
  const { tracker, guard } = monitor
  const { path, ignore } = monitor.config
  const isIgnored = requestMatcher([path, `${path}/*`, ...ignore])
  void monitor.start()
  return {
    monitor,
    guard,
    get enabled() {
      return monitor.running
    },
    get hasAdapter() {
      return tracker.hasAdapter
    },
    isMeasured: (instrument) => monitor.instruments.some(({ name, seen }) => name === instrument && seen),
    isIgnored: (request) => isIgnored?.(request) === true,
    operation: (component, name) => tracker.operation(component, name),
    begin: ({ operation, parent, ageMs, trace }) =>
      new ForeignSpan(tracker, operation, { parent, startMs: tracker.nowMs() - ageMs, trace }),
    innermost: () => tracker.innermost(),
    attach(scope) {
      if (tracker.foreign !== null) return null
      tracker.foreign = scope
      return () => {
        if (tracker.foreign === scope) tracker.foreign = null
      }
    },
    queryName: normalizeQuery,
    methodName: (method) => tracker.methodName(method),
  }
}
