// Everything that is read, made from the tracker (since start) or from history (a window). Changes nothing.

import type { AlertManager } from '../alerts/manager.js'
import type { RuntimeCollector } from '../collectors/runtime-collector.js'
import { PerfMonitorError } from '../errors.js'
import type { ExpositionInput } from '../exporters/metric.js'
import { verdict } from '../exporters/verdict.js'
import type { Guard } from '../guard.js'
import { type Directory, OperationAccumulator } from '../history/accumulator.js'
import { MAX_GAUGES } from '../history/gauges.js'
import type { MemoryHistory, OpenInterval } from '../history/memory-history.js'
import { componentMetrics } from '../history/metrics.js'
import { seriesOf } from '../history/series.js'
import { runSliced } from '../history/slices.js'
import type { SlidingWindow } from '../history/sliding-window.js'
import { MAX_POOLS, type PoolRegistry } from '../instruments/pools.js'
import type { Analysis, PerformanceOptimizer } from '../optimizer/optimizer.js'
import type { PerformanceProfiler } from '../profiler/profiler.js'
import type { RunCaptures } from '../tracker/captures.js'
import type { Tracker } from '../tracker/tracker.js'
import type { Advice } from '../types/advice.js'
import type { Captures } from '../types/captures.js'
import type { ResolvedConfig } from '../types/config.js'
import type { PerformanceSnapshot, ServiceIdentity } from '../types/metrics.js'
import type { HealthReport, PerformanceReport } from '../types/report.js'
import type { HistoryQuery, MetricsWindow, PerformanceHistory, WindowQuery } from '../types/window.js'
import { withExcerpts } from './excerpts.js'
import type { Sampler } from './sampler.js'

const MAX_SPAN_MS = 366 * 86_400_000 // a year: nothing is kept longer, and dates stay dates
const REPORT_WINDOW_MS = 600_000 // contract: the last 10 minutes unless asked otherwise

export interface ReaderOptions {
  config: ResolvedConfig
  tracker: Tracker
  history: MemoryHistory
  lastMinute: SlidingWindow
  sampler: Sampler
  runtime: RuntimeCollector
  pools: PoolRegistry
  alerts: AlertManager
  optimizer: PerformanceOptimizer
  profiler: PerformanceProfiler
  advice: () => Advice | null
  captures: (bounds: Bounds) => Captures
  guard: Guard
}

export class Reader {
  readonly #options: ReaderOptions
  readonly #directory: Directory
  readonly #startedMonotonicMs: number

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#directory = options.history.directory
    this.#startedMonotonicMs = options.config.clock.monotonicMs()
  }

  get uptimeSeconds(): number {
    return (this.#options.config.clock.monotonicMs() - this.#startedMonotonicMs) / 1000
  }

  get service(): ServiceIdentity {
    const { serviceName, serviceVersion, instanceId } = this.#options.config
    return {
      name: serviceName,
      version: serviceVersion,
      instanceId,
      pid: process.pid,
      node: process.versions.node,
      uptimeSeconds: process.uptime(),
    }
  }

  /** As `snapshot`, in slices. */
  async readSnapshot(windowMs?: number): Promise<PerformanceSnapshot> {
    return this.#read(this.snapshot(windowMs))
  }

  /** Since start, or over the last `windowMs`. */
  *snapshot(windowMs?: number): Generator<void, PerformanceSnapshot> {
    if (windowMs === undefined) {
      const rateOf = (view: OperationAccumulator) => this.#recentRate(view)
      return this.#snapshotOf(yield* componentMetrics(this.#sinceStart(), rateOf))
    }
    const to = this.#now()
    return this.#snapshotOf(yield* this.#componentsOf(yield* this.window({ from: to - windowMs, to })))
  }

  /** A window of history; one that ends now takes in what no sample holds yet. */
  *window({ from, to }: Bounds): Generator<void, MetricsWindow> {
    const reachesNow = to >= (this.#options.history.lastTimestamp ?? 0)
    return yield* this.#options.history.window(from, to, reachesNow ? this.#open() : undefined)
  }

  async history(query: HistoryQuery): Promise<PerformanceHistory> {
    checkQuery(query, ['from', 'to', 'stepMs', 'component', 'operation', 'detail'])
    const { history, config } = this.#options
    const to = query.to === undefined ? this.#now() : epochOf('to', query.to)
    const asked = query.from === undefined ? (history.fullResolutionFrom ?? to - 1) : epochOf('from', query.from)
    checkOrder(asked, to)
    const from = Math.max(asked, to - config.history.retentionMs) // there is nothing before
    if (query.operation !== undefined && query.component === undefined) {
      throw new PerfMonitorError('PERF_ARGUMENT_INVALID', '`operation` needs its `component`')
    }
    const stepMs = query.stepMs ?? null
    if (stepMs !== null) checkSpan('stepMs', stepMs)
    return runSliced(
      seriesOf(history, {
        from,
        to,
        stepMs,
        component: query.component ?? null,
        operation: query.operation ?? null,
        operations: query.detail !== 'components',
        collectionIntervalMs: config.collectionIntervalMs,
      }),
    )
  }

  /** `live`: one of the rounds that decide which causes have gone. */
  async findings(query: WindowQuery, { live = false } = {}): Promise<Analysis> {
    const { optimizer, captures } = this.#options
    const bounds = this.boundsOf(query)
    return optimizer.analyse(await this.#read(this.window(bounds)), { captures: captures(bounds), live })
  }

  async report(query: WindowQuery): Promise<PerformanceReport> {
    const { alerts, optimizer, captures, config } = this.#options
    const bounds = this.boundsOf(query)
    const window = await this.#read(this.window(bounds))
    const snapshot = this.#snapshotOf(await runSliced(this.#componentsOf(window)))
    const { bottlenecks, recommendations, resolved } = await optimizer.analyse(window, { captures: captures(bounds) })
    const since = new Date(bounds.from).toISOString()
    const until = new Date(bounds.to).toISOString()
    const content = {
      snapshot: { ...snapshot, systemMetrics: window.latest.system, runtimeMetrics: window.latest.runtime },
      alerts: [...alerts.active, ...alerts.history].filter(
        ({ startedAt, resolvedAt }) => startedAt <= until && (resolvedAt === null || resolvedAt >= since),
      ),
      bottlenecks: await withExcerpts(bottlenecks),
      recommendations,
      resolved,
    }
    return {
      timestamp: new Date(config.clock.now()).toISOString(),
      window: { from: since, to: until },
      ...content,
      verdict: verdict(content),
      advice: this.#options.advice(),
    }
  }

  /** @throws PerfMonitorError `PERF_ARGUMENT_INVALID` */
  boundsOf(query: WindowQuery): Bounds {
    checkQuery(query, ['from', 'to', 'windowMs'])
    const { from, to, windowMs } = query
    const end = to === undefined ? this.#now() : epochOf('to', to)
    if (windowMs !== undefined) checkSpan('windowMs', windowMs)
    const start = from === undefined ? end - (windowMs ?? REPORT_WINDOW_MS) : epochOf('from', from)
    checkOrder(start, end)
    return { from: start, to: end }
  }

  expositionInput(): ExpositionInput {
    const { tracker, history, sampler, runtime, pools, guard, config } = this.#options
    const latest = history.latest
    const cpu = process.cpuUsage()
    return {
      service: this.service,
      system: latest.system,
      runtime: latest.runtime,
      // walked once per metric: made anew each time instead of kept for ten thousand operations
      operations: { [Symbol.iterator]: () => this.#sinceStart() },
      operationsOf: (wants) => ({ [Symbol.iterator]: () => this.#sinceStart(wants) }),
      monitor: {
        faults: guard.total,
        samples: sampler.samples,
        samplingMs: sampler.samplingMs,
        operations: tracker.operationCount,
        maxOperations: config.limits.maxOperations,
        rejected: this.limits().map(({ name, rejected }) => ({ name, count: rejected })),
        historyBytes: history.byteLength,
      },
      counters: {
        cpuUserSeconds: cpu.user / 1e6,
        cpuSystemSeconds: cpu.system / 1e6,
        gc: [...runtime.gcTotals].map(([type, durations]) => ({ type, durations })),
      },
      pools: pools.read(),
      openFiles: latest.gauges?.get('resource.openFiles') ?? null,
    }
  }

  /** How full each bounded table is, and what it turned away. */
  limits(): HealthReport['limits'] {
    const { tracker, history, alerts, sampler, pools, config } = this.#options
    const { limits } = config
    const { gaugeNames } = sampler
    const rejected = alerts.rejected
    return [
      {
        name: 'maxOperations',
        limit: limits.maxOperations,
        used: tracker.operationCount,
        rejected: tracker.rejectedOperations,
      },
      {
        name: 'maxChildrenPerOperation',
        limit: limits.maxChildrenPerOperation,
        used: tracker.operations.reduce((most, { children }) => Math.max(most, children.size), 0),
        rejected: tracker.rejectedChildren,
      },
      ...captureLimits(tracker.captures),
      {
        name: 'maxHistoryBytes',
        limit: limits.maxHistoryBytes,
        used: history.byteLength,
        rejected: history.droppedForMemory,
      },
      { name: 'gauges', limit: MAX_GAUGES, used: gaugeNames.size, rejected: gaugeNames.rejected },
      { name: 'pools', limit: MAX_POOLS, used: pools.size, rejected: pools.rejected },
      { name: 'maxActiveAlerts', limit: limits.maxActiveAlerts, used: alerts.active.length, rejected: rejected.alerts },
      { name: 'maxSilences', limit: limits.maxSilences, used: alerts.silences.length, rejected: rejected.silences },
    ]
  }

  /**
   * Runs a reading in slices. It begins between two samples, and what the open interval holds stays as it is until it ends:
   * otherwise a sample taken meanwhile would move records from where it has not read yet to where it has read already.
   */
  async #read<T>(work: Generator<void, T>): Promise<T> {
    const { sampler, tracker } = this.#options
    await sampler.idle()
    tracker.readers++
    try {
      const first = work.next() // in this turn: this is where it takes hold of the open interval
      return first.done ? first.value : await runSliced(work)
    } finally {
      tracker.readers--
    }
  }

  #now(): number {
    return Math.max(this.#options.config.clock.now(), this.#options.history.lastTimestamp ?? 0)
  }

  #open(): OpenInterval {
    const { tracker, sampler } = this.#options
    const open = tracker.operations.filter((operation) => operation.dirty || operation.active > 0)
    return { operations: open.map((operation) => operation.interval), durationMs: sampler.openMs }
  }

  *#sinceStart(wants: (component: string) => boolean = () => true): Generator<OperationAccumulator, undefined> {
    for (const operation of this.#options.tracker.operations) {
      if (!wants(operation.component)) continue
      const sums = new OperationAccumulator(this.#directory, operation.id)
      sums.borrow(operation.closed)
      if (operation.dirty) sums.addInterval(operation.interval)
      // resolved but never run (a route that was left again, an operation kept for later): nothing to tell
      if (!sums.isEmpty || sums.active > 0) yield sums
    }
  }

  #componentsOf(window: MetricsWindow): Generator<void, PerformanceSnapshot['componentMetrics']> {
    const seconds = window.durationMs / 1000
    return componentMetrics(window.operations, ({ count }) => (seconds === 0 ? 0 : count / seconds))
  }

  /** Over the last minute of samples and what came since, or since start when younger. */
  #recentRate(view: OperationAccumulator): number {
    const { tracker, lastMinute, sampler } = this.#options
    const count = (lastMinute.operation(view.id)?.count ?? 0) + (tracker.byId(view.id)?.intervalCount ?? 0)
    const seconds = (lastMinute.durationMs + sampler.openMs) / 1000
    return seconds === 0 ? 0 : count / seconds
  }

  #snapshotOf(components: PerformanceSnapshot['componentMetrics']): PerformanceSnapshot {
    const { history, alerts, profiler, config } = this.#options
    return {
      timestamp: new Date(config.clock.now()).toISOString(),
      service: this.service,
      systemMetrics: history.latest.system,
      runtimeMetrics: history.latest.runtime,
      componentMetrics: components,
      profilerData: profiler.data,
      alerts: alerts.active,
    }
  }
}

function captureLimits(captures: RunCaptures | null): HealthReport['limits'] {
  if (captures === null) return []
  const { traces, sites, errors, repeats } = captures
  const { maxTraces, maxTraceBytes } = traces.limits
  return [
    { name: 'maxTraces', limit: maxTraces, used: traces.size, rejected: traces.evictedForCount },
    { name: 'maxTraceBytes', limit: maxTraceBytes, used: traces.bytes, rejected: traces.evictedForBytes },
    { name: 'maxCallSites', limit: sites.limit, used: sites.used, rejected: sites.rejected },
    { name: 'maxErrorRecords', limit: errors.limit, used: errors.used, rejected: errors.rejected },
    { name: 'maxRepeatKeys', limit: repeats.limit, used: repeats.used, rejected: repeats.rejected },
  ]
}

interface Bounds {
  from: number
  to: number
}

function epochOf(name: string, time: Date | string | number): number {
  const epoch = typeof time === 'number' ? time : new Date(time).getTime()
  if (Number.isFinite(epoch) && Math.abs(epoch) <= 8.64e15) return epoch
  throw new PerfMonitorError(
    'PERF_ARGUMENT_INVALID',
    `\`${name}\` must be a Date, an ISO 8601 string or epoch milliseconds, got ${String(time)}`,
  )
}

/** A mistyped name would ask for something else than was meant. */
function checkQuery(query: object, known: readonly string[]): void {
  if (typeof query !== 'object' || query === null) {
    throw new PerfMonitorError('PERF_ARGUMENT_INVALID', `the query must be an object, got ${String(query)}`)
  }
  const unknown = Object.keys(query).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new PerfMonitorError(
    'PERF_ARGUMENT_INVALID',
    `\`${unknown.slice(0, 60)}\` is unknown, there are ${known.join(', ')}`,
  )
}

function checkSpan(name: string, spanMs: number): void {
  if (spanMs > 0 && spanMs <= MAX_SPAN_MS) return
  throw new PerfMonitorError(
    'PERF_ARGUMENT_INVALID',
    `\`${name}\` must be a number from 1 to ${MAX_SPAN_MS}, got ${spanMs}`,
  )
}

function checkOrder(from: number, to: number): void {
  if (from < to) return
  throw new PerfMonitorError('PERF_ARGUMENT_INVALID', '`from` must be before `to`')
}
