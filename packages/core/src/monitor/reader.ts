// Everything that is read, made from the tracker (since start) or from history (a window). Changes nothing.

import type { AlertManager } from '../alerts/manager.js'
import type { RuntimeCollector } from '../collectors/runtime-collector.js'
import type { ExpositionInput } from '../exporters/metric.js'
import { verdict } from '../exporters/verdict.js'
import type { Guard } from '../guard.js'
import type { OperationInterval } from '../histogram/interval.js'
import { type Directory, OperationAccumulator } from '../history/accumulator.js'
import type { MemoryHistory } from '../history/memory-history.js'
import { componentMetrics } from '../history/metrics.js'
import { seriesOf } from '../history/series.js'
import { freshTurn, nextTurn, runSliced, type SliceMeter } from '../history/slices.js'
import type { SlidingWindow } from '../history/sliding-window.js'
import type { PoolRegistry } from '../instruments/pools.js'
import type { Analysis, PerformanceOptimizer } from '../optimizer/optimizer.js'
import type { PerformanceProfiler } from '../profiler/profiler.js'
import type { Tracker } from '../tracker/tracker.js'
import type { Advice } from '../types/advice.js'
import type { Captures } from '../types/captures.js'
import type { ResolvedConfig } from '../types/config.js'
import type { PerformanceSnapshot, ServiceIdentity } from '../types/metrics.js'
import type { HealthReport, PerformanceReport } from '../types/report.js'
import type { HistoryQuery, MetricsWindow, PerformanceHistory, WindowQuery } from '../types/window.js'
import { withExcerpts } from './excerpts.js'
import { limitsOf } from './limits.js'
import { type Bounds, seriesQuery, windowBounds } from './queries.js'
import type { Sampler } from './sampler.js'

const IDLE_PER_PAUSE = 64 // looking at an operation that did nothing takes 50 ns when it is in no cache

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

  /** In slices: since start, or over the last `windowMs`. */
  async readSnapshot(windowMs?: number): Promise<PerformanceSnapshot> {
    if (windowMs === undefined) {
      await this.#options.sampler.idle() // a sample that is being taken has closed intervals that no window holds yet
      const snapshot = await runSliced(this.snapshot())
      await freshTurn()
      return snapshot
    }
    const to = this.#now()
    const window = await this.#readWindow({ from: to - windowMs, to })
    const components = await runSliced(this.#componentsOf(window))
    await freshTurn()
    return this.#snapshotOf(components)
  }

  /** Since start. */
  *snapshot(): Generator<void, PerformanceSnapshot> {
    return this.#snapshotOf(yield* componentMetrics(this.#sinceStart(), (view) => this.#recentRate(view)))
  }

  async history(query: HistoryQuery): Promise<PerformanceHistory> {
    const { history, config } = this.#options
    const bounds = seriesQuery(query, { nowMs: this.#now(), oldestMs: history.fullResolutionFrom })
    const from = Math.max(bounds.from, bounds.to - config.history.retentionMs) // there is nothing before
    const { collectionIntervalMs } = config
    const series = await runSliced(seriesOf(history, { ...bounds, from, collectionIntervalMs }))
    await freshTurn()
    return series
  }

  /** `live`: one of the rounds that decide which causes have gone. */
  async findings(query: WindowQuery, { live = false } = {}): Promise<Analysis> {
    const { optimizer, captures } = this.#options
    const bounds = this.boundsOf(query)
    const reading = { heldMs: 0 }
    const window = await this.#readWindow(bounds, reading)
    await freshTurn()
    const analysis = await optimizer.analyse(window, { captures: captures(bounds), live, nextTurn })
    return { ...analysis, heldMs: reading.heldMs + analysis.heldMs }
  }

  async report(query: WindowQuery): Promise<PerformanceReport> {
    const { alerts, optimizer, captures, config } = this.#options
    const bounds = this.boundsOf(query)
    const window = await this.#readWindow(bounds)
    const snapshot = this.#snapshotOf(await runSliced(this.#componentsOf(window)))
    await freshTurn()
    const analysis = await optimizer.analyse(window, { captures: captures(bounds), nextTurn })
    const { recommendations, resolved } = analysis
    const bottlenecks = await withExcerpts(analysis.bottlenecks)
    await freshTurn()
    const since = new Date(bounds.from).toISOString()
    const until = new Date(bounds.to).toISOString()
    const content = {
      snapshot: { ...snapshot, systemMetrics: window.latest.system, runtimeMetrics: window.latest.runtime },
      alerts: [...alerts.active, ...alerts.history].filter(
        ({ startedAt, resolvedAt }) => startedAt <= until && (resolvedAt === null || resolvedAt >= since),
      ),
      bottlenecks,
      recommendations,
      resolved,
    }
    const report = {
      timestamp: new Date(config.clock.now()).toISOString(),
      window: { from: since, to: until },
      ...content,
      verdict: verdict(content),
      advice: this.#options.advice(),
    }
    await freshTurn() // writing it begins a slice of its own
    return report
  }

  /** @throws PerfMonitorError `PERF_ARGUMENT_INVALID` */
  boundsOf(query: WindowQuery): Bounds {
    return windowBounds(query, this.#now())
  }

  /** How full each bounded table is, and what it turned away. */
  limits(): HealthReport['limits'] {
    return limitsOf(this.#options)
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

  /** In slices, of records that no sample takes away meanwhile. */
  async #readWindow(bounds: Bounds, meter?: SliceMeter): Promise<MetricsWindow> {
    const release = await this.#options.sampler.hold()
    try {
      return await runSliced(this.#window(bounds, release), meter)
    } finally {
      release()
    }
  }

  #now(): number {
    return Math.max(this.#options.config.clock.now(), this.#options.history.lastTimestamp ?? 0)
  }

  /** A window of history; one that ends now takes in what no sample holds yet, and says when it has. */
  #window({ from, to }: Bounds, onOpenRead: () => void): Generator<void, MetricsWindow> {
    const { history, sampler } = this.#options
    const reachesNow = to >= (history.lastTimestamp ?? 0)
    if (!reachesNow) return history.window(from, to)
    return history.window(from, to, { operations: this.#openIntervals(onOpenRead), durationMs: sampler.openMs })
  }

  *#openIntervals(onRead: () => void): Generator<OperationInterval | null, void> {
    let walked = 0
    for (const operation of this.#options.tracker.operations) {
      if (operation.dirty || operation.active > 0) yield operation.interval
      else if (++walked % IDLE_PER_PAUSE === 0) yield null
    }
    onRead()
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
