// The composition root: builds the parts, starts and stops them in order. What they do is theirs.

import { AdviceKeeper } from '../advisor/advice.js'
import { builtInRules } from '../alerts/built-in-rules.js'
import { AlertManager } from '../alerts/manager.js'
import { ResourceCensusTaker } from '../census/census.js'
import { RuntimeCollector } from '../collectors/runtime-collector.js'
import { SystemSource } from '../collectors/system-source.js'
import { requestMatcher } from '../config/matcher.js'
import { resolveConfig } from '../config/resolve.js'
import { PerfMonitorError, ProfileRefusal } from '../errors.js'
import { registerInto } from '../exporters/prom-client.js'
import { Guard } from '../guard.js'
import type { Directory } from '../history/accumulator.js'
import { MemoryHistory } from '../history/memory-history.js'
import type { LatestFigures, Sample } from '../history/sample.js'
import { joinChunks, runAtOnce } from '../history/slices.js'
import { SlidingWindow } from '../history/sliding-window.js'
import { PerfHttp } from '../http/handler.js'
import { PerfServer } from '../http/server.js'
import { Places } from '../inspect/places.js'
import { ConnectLatency } from '../instruments/connect-latency.js'
import type { Instrument } from '../instruments/instrument.js'
import { PoolRegistry } from '../instruments/pools.js'
import { builtInInstruments, instrumentHealth } from '../instruments/registry.js'
import { type Analysis, PerformanceOptimizer } from '../optimizer/optimizer.js'
import { optimizerRules } from '../optimizer/rules.js'
import { checkHeadroom, measureMemory } from '../profiler/headroom.js'
import { PerformanceProfiler } from '../profiler/profiler.js'
import { RunCaptures } from '../tracker/captures.js'
import type { Operation } from '../tracker/operation.js'
import { TraceReader } from '../tracker/trace-reader.js'
import { Tracker } from '../tracker/tracker.js'
import type { WantedCapture } from '../types/captures.js'
import type { PerformanceConfig, ResolvedConfig } from '../types/config.js'
import type { OptimizationRecommendation, PerformanceBottleneck } from '../types/findings.js'
import type { InstrumentHealth } from '../types/instruments.js'
import type { PerformanceSnapshot, ProfileType } from '../types/metrics.js'
import type { ReportFormat } from '../types/report.js'
import type { HistoryQuery, PerformanceHistory, WindowQuery } from '../types/window.js'
import { Watchdog } from '../watchdog/watchdog.js'
import { capturesWithin } from './captures.js'
import { Diagnosis } from './diagnosis.js'
import { instrumentObject, type Undo } from './instrument.js'
import { Reader } from './reader.js'
import { Sampler } from './sampler.js'
import { MonitorSource } from './source.js'
import { track } from './track.js'

const MIN_HISTORY_MS = 120_000 // in full resolution: what is rolled up are whole minutes, so the last two must be whole
const RATE_WINDOW_MS = 60_000 // contract: rates are over the last 60 s
const REPORT_FORMATS: readonly ReportFormat[] = ['json', 'csv', 'html', 'markdown']
const PRUNE_AT = 100 // instrumented objects: an app that makes one a request must not leave a closure each
const IDLE_CPU_PERCENT = 5 // of a core: timers and our own sampling are far below
const MIN_ALERT_SAMPLES = 5 // rules want three at least, and one may be missing or the first

/** Measures this process; see `docs/configuration.md` for the options. One monitor can serve several adapters. */
export class PerformanceMonitor {
  readonly config: ResolvedConfig
  readonly alerts: AlertManager
  readonly optimizer: PerformanceOptimizer
  readonly profiler: PerformanceProfiler
  /** For adapters. */
  readonly tracker: Tracker
  readonly http: PerfHttp
  readonly guard: Guard
  readonly #history: MemoryHistory
  readonly #reader: Reader
  readonly #diagnosis: Diagnosis
  /** `null` without an advisor. */
  readonly #advice: AdviceKeeper | null
  readonly #source: MonitorSource
  readonly #sampler: Sampler
  readonly #places: Places
  readonly #watchdog: Watchdog | null
  readonly #system: SystemSource
  readonly #runtime: RuntimeCollector
  readonly #connects: ConnectLatency
  readonly #pools: PoolRegistry
  readonly #census: ResourceCensusTaker
  readonly #instruments: readonly Instrument[]
  readonly #server: PerfServer | null
  #instrumented: Undo[] = []
  /** At how many the list is rid of objects that are gone. */
  #pruneAt = PRUNE_AT
  #unregister: (() => void) | null = null
  #running = false
  /** Whether anything was done since the last round of the diagnosis. */
  #isActive = false
  #transition: Promise<void> = Promise.resolve()

  /** @throws PerfMonitorError `PERF_CONFIG_INVALID` naming every bad field at once */
  constructor(config?: PerformanceConfig) {
    this.config = resolveConfig(config)
    const { clock, logger, limits, alerts, alertThresholds, collectionIntervalMs, enableIoMonitoring } = this.config
    const { stallThresholdMs } = this.config
    const guard = new Guard(clock, logger)
    this.guard = guard
    const places = new Places()
    this.#places = places
    const runs = new RunCaptures({ clock, limits, onPlace: (frame) => places.prepare(frame) })
    this.tracker = new Tracker({
      clock,
      guard,
      limits,
      requestScope: this.config.enableRequestScope,
      isLongLived: requestMatcher(this.config.longLived),
      captures: runs,
      serverTiming: this.config.serverTiming,
    })
    const traces = new TraceReader({
      tracker: this.tracker,
      captures: runs,
      locate: (frame) => places.locate(frame),
      now: () => clock.now(),
    })
    const directory = directoryOf(this.tracker, () => clock.now())
    this.#history = new MemoryHistory({
      directory,
      maxEntries: Math.max(this.config.maxHistoryEntries, Math.ceil(MIN_HISTORY_MS / collectionIntervalMs)),
      maxBytes: limits.maxHistoryBytes,
      retentionMs: this.config.history.retentionMs,
    })
    this.#watchdog =
      stallThresholdMs === 0
        ? null
        : new Watchdog({
            thresholdMs: stallThresholdMs,
            clock,
            guard,
            current: () => this.tracker.current(),
            requestsInFlight: () => this.tracker.activeRequests,
          })
    this.alerts = new AlertManager({
      rules: builtInRules({
        ...this.config,
        thresholds: alertThresholds,
        minimumCount: alerts.minimumCount,
        longestStall: (fromMs, toMs) => this.#watchdog?.longestIn(fromMs, toMs) ?? null,
      }),
      pendingMs: alerts.pendingMs,
      resolveMs: alerts.resolveMs,
      limits,
      clock,
      guard,
      logger,
    })
    this.optimizer = new PerformanceOptimizer({ thresholds: alertThresholds, clock, guard, rules: optimizerRules() })
    this.profiler = new PerformanceProfiler({
      clock,
      guard,
      enabled: profilesOf(this.config),
      tracker: this.tracker,
      eventLoopUtilizationPercent: () => this.#history.latest.runtime?.eventLoopUtilizationPercent ?? null,
    })
    this.#system = new SystemSource({
      intervalMs: collectionIntervalMs,
      ioMonitoring: enableIoMonitoring,
      guard,
      clock,
      extensions: [...(this.#watchdog === null ? [] : [this.#watchdog]), this.profiler, places],
    })
    this.#runtime = new RuntimeCollector({
      clock,
      guard,
      activeRequests: () => this.tracker.activeRequests,
      threadPoolDelayMs: () => this.#system.read().threadPoolDelayMs,
      openFiles: () => this.#system.read().openFiles,
    })
    this.#connects = new ConnectLatency({
      clock,
      guard,
      onConnect: (host, durationMs, success) => this.tracker.operation('connect', host).record(durationMs, success),
    })
    this.#pools = new PoolRegistry({ tracker: this.tracker, guard, clock, locate: (frame) => places.locate(frame) })
    this.#census = new ResourceCensusTaker({
      guard,
      clock,
      current: () => this.tracker.current(),
      resolve: (frame) => places.locate(frame),
    })
    this.#instruments = builtInInstruments({
      tracker: this.tracker,
      guard,
      clock,
      pools: this.#pools,
      enabled: this.config.instruments,
    })
    const lastMinute = new SlidingWindow(directory, RATE_WINDOW_MS)
    const alertWindowMs = Math.max(alerts.windowMs, MIN_ALERT_SAMPLES * collectionIntervalMs)
    const alertWindow = alertWindowMs === RATE_WINDOW_MS ? lastMinute : new SlidingWindow(directory, alertWindowMs)
    this.#sampler = new Sampler({
      clock,
      guard,
      tracker: this.tracker,
      intervalMs: collectionIntervalMs,
      read: () => this.#readCollectors(),
      consume: (sample, latest) => this.#consume(sample, latest, new Set([lastMinute, alertWindow]), alertWindow),
    })
    this.#reader = new Reader({
      config: this.config,
      tracker: this.tracker,
      history: this.#history,
      lastMinute,
      sampler: this.#sampler,
      runtime: this.#runtime,
      pools: this.#pools,
      alerts: this.alerts,
      optimizer: this.optimizer,
      profiler: this.profiler,
      advice: () => this.#advice?.current ?? null,
      captures: (bounds) =>
        capturesWithin(
          { profiler: this.profiler, watchdog: this.#watchdog, traces, pools: this.#pools, census: this.#census },
          bounds,
        ),
      guard,
    })
    const { advisor, adviceIntervalMs: intervalMs, adviceTimeoutMs: timeoutMs } = this.config.optimizer
    const run = <T>(ask: () => T) => this.tracker.runUnmeasured(ask)
    const { name, version, node } = this.#reader.service
    const service = { name, version, node }
    this.#advice = advisor && new AdviceKeeper({ advisor, intervalMs, timeoutMs, clock, guard, service, run })
    this.#diagnosis = new Diagnosis({
      clock,
      guard,
      analyse: (windowMs) => this.#analyse(windowMs),
      hasTraffic: () => {
        const wasActive = this.#isActive
        this.#isActive = false
        return wasActive
      },
      take: (capture, durationMs) => this.#take(capture, durationMs),
    })
    this.#source = new MonitorSource({
      config: this.config,
      guard,
      history: this.#history,
      alerts: this.alerts,
      reader: this.#reader,
      profiler: this.profiler,
      traces,
      isRunning: () => this.#running,
      streamClients: () => this.http.streamClients,
      instruments: () => instrumentHealth(this.#instruments),
    })
    this.http = new PerfHttp(this.#source)
    const { prometheusPort } = this.config
    this.#server = prometheusPort === null ? null : new PerfServer(this.http, prometheusPort)
  }

  /** Whether sampling runs: adapters let requests through unmeasured while it does not. */
  get running(): boolean {
    return this.#running
  }

  /** Libraries that are measured, and those that are loaded but cannot be seen: as `/health` lists them. */
  get instruments(): InstrumentHealth[] {
    return instrumentHealth(this.#instruments)
  }

  /** Starts sampling; idempotent; what fails to start is contained and shown at `/health`. Adapters call it. */
  start(): Promise<void> {
    if (!this.#running && this.config.enabled) {
      this.#running = true
      this.#then(() => this.#startParts())
    }
    return this.#transition
  }

  /** Ends sampling, the thread, the listener and all clients of `/stream`; idempotent. What was measured can still be read. */
  stop(): Promise<void> {
    if (this.#running) {
      this.#running = false
      this.#then(() => this.#stopParts())
    }
    return this.#transition
  }

  /** Resolves an operation once, to be kept: `record()` on it is the hot path. */
  operation(component: string, operation: string): Operation {
    return this.tracker.operation(component, operation)
  }

  recordOperation(component: string, operation: string, durationMs: number, success = true): void {
    this.tracker.operation(component, operation).record(durationMs, success)
  }

  /** Times `fn`, sync or async; its result or exception passes through untouched. What begins in it becomes its child. */
  track<T>(component: string, operation: string, fn: () => T): T {
    return this.config.enabled ? track(this.tracker, this.tracker.operation(component, operation), fn) : fn()
  }

  /**
   * Times the methods of an object (all of them, or those named) as `ClassName.method` of `component`, until `stop()`.
   * @returns the same object
   */
  instrument<T extends object>(component: string, target: T, methods?: readonly (keyof T & string)[]): T {
    if (target === null || (typeof target !== 'object' && typeof target !== 'function')) {
      throw new PerfMonitorError('PERF_ARGUMENT_INVALID', `\`target\` must be an object, got ${String(target)}`)
    }
    if (!this.config.enabled) return target
    this.#instrumented.push(instrumentObject(this.tracker, component, target, methods))
    if (this.#instrumented.length >= this.#pruneAt) {
      this.#instrumented = this.#instrumented.filter(({ isGone }) => !isGone)
      this.#pruneAt = Math.max(PRUNE_AT, 2 * this.#instrumented.length)
    }
    return target
  }

  /** Everything since start, as of now. Many operations take long: `/snapshot` does the same in slices. */
  getSnapshot(): PerformanceSnapshot {
    return runAtOnce(this.#reader.snapshot())
  }

  /** Series over time. @throws PerfMonitorError `PERF_ARGUMENT_INVALID`, as a rejection */
  getHistory(query: HistoryQuery = {}): Promise<PerformanceHistory> {
    return this.#reader.history(query)
  }

  /** What is slow and why, worst first, over the window (default: the last 10 minutes). */
  async identifyBottlenecks(window: WindowQuery = {}): Promise<PerformanceBottleneck[]> {
    return (await this.#reader.findings(window)).bottlenecks
  }

  async getRecommendations(window: WindowQuery = {}): Promise<OptimizationRecommendation[]> {
    return (await this.#reader.findings(window)).recommendations
  }

  /** A report as one string. @throws PerfMonitorError `PERF_ARGUMENT_INVALID`, as a rejection */
  async exportReport(format: ReportFormat, window: WindowQuery = {}): Promise<string> {
    if (!REPORT_FORMATS.includes(format)) {
      throw new PerfMonitorError('PERF_ARGUMENT_INVALID', `\`format\` must be one of ${REPORT_FORMATS.join(', ')}`)
    }
    return joinChunks(await this.#source.report(format, window, {}))
  }

  /** Takes a sample now instead of waiting for the interval's end: for tests and for scripts that end soon. */
  sample(): Promise<void> {
    return this.#sampler.sample()
  }

  #readCollectors(): LatestFigures {
    const system = this.#system.read().system
    const networkLatencyMs = this.#connects.takeMeanMs()
    const runtime = this.#runtime.read()
    const gauges = new Map([...this.#runtime.gauges(), ...this.#pools.gauges()])
    return { system: system === null ? null : { ...system, networkLatencyMs }, runtime, gauges }
  }

  /** A live round; the advisor hears of what it found. */
  async #analyse(windowMs: number): Promise<Analysis> {
    const { from, to } = this.#reader.boundsOf({ windowMs })
    const analysis = await this.#reader.findings({ from, to }, { live: true })
    const window = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    if (this.#running) this.#advice?.consider({ window, ...analysis })
    return analysis
  }

  *#consume(
    sample: Sample,
    latest: LatestFigures,
    windows: ReadonlySet<SlidingWindow>,
    alertWindow: SlidingWindow,
  ): Generator<void, void> {
    const isBusy = (latest.runtime?.cpuPercent ?? 0) > IDLE_CPU_PERCENT
    this.#isActive ||= isBusy || sample.operations.byteLength > 0
    yield* this.#history.append(sample, latest)
    for (const window of windows) yield* window.push(sample)
    yield* this.alerts.evaluateInSteps(alertWindow.read(latest))
    yield* this.#source.publish(sample, latest)
  }

  async #take({ type }: WantedCapture, durationMs: number): Promise<void> {
    if (type !== 'census') {
      await this.profiler.capture({ type, durationMs, gentle: true })
      return
    }
    if (!this.config.enableProfiling) throw new ProfileRefusal('off', 'captures are switched off in the configuration')
    const { runtime } = this.#history.latest
    checkHeadroom({
      ...measureMemory(),
      eventLoopUtilizationPercent: runtime?.eventLoopUtilizationPercent ?? null,
    })
    await this.#census.take(durationMs)
  }

  /** One after another, in the order asked for: a stop that overtakes its start would leave what the start opens. */
  #then(step: () => Promise<void>): void {
    this.#transition = this.#transition.then(step)
  }

  async #startParts(): Promise<void> {
    const { guard } = this
    guard.run('runtime collector', () => this.#runtime.start(), undefined)
    if (this.config.enableIoMonitoring) guard.run('connect latency', () => this.#connects.start(), undefined)
    for (const each of this.#instruments) guard.run(`instrument ${each.name}`, () => each.start(), undefined)
    const { registry } = this.config
    if (registry !== null) {
      const read = () => this.#reader.expositionInput()
      this.#unregister = guard.run('registry', () => registerInto(registry, read, { guard }), null)
    }
    guard.run('census', () => this.#census.start(), undefined)
    this.#sampler.start()
    guard.run('diagnosis', () => this.#diagnosis.start(), undefined)
    guard.run('watchdog', () => this.#watchdog?.start(), undefined) // before the thread that reads its beats
    await Promise.all([
      guard.runAsync('system collectors', () => this.#system.start(), undefined),
      guard.runAsync('prometheusPort', async () => this.#server?.listen(), undefined),
    ])
  }

  async #stopParts(): Promise<void> {
    const { guard } = this
    for (const undo of this.#instrumented.splice(0)) guard.run('instrument', undo, undefined)
    guard.run('http', () => this.http.close(), undefined)
    this.#diagnosis.stop()
    this.#advice?.stop()
    await this.#sampler.stop()
    guard.run('runtime collector', () => this.#runtime.stop(), undefined)
    guard.run('connect latency', () => this.#connects.stop(), undefined)
    for (const each of this.#instruments) guard.run(`instrument ${each.name}`, () => each.stop(), undefined)
    this.#pools.clear()
    guard.run('census', () => this.#census.stop(), undefined)
    guard.run('registry', () => this.#unregister?.(), undefined)
    this.#unregister = null
    await guard.runAsync('prometheusPort', async () => this.#server?.close(), undefined)
    guard.run('profiler', () => this.profiler.stop(), undefined)
    guard.run('places', () => this.#places.stop(), undefined)
    await guard.runAsync('system collectors', () => this.#system.stop(), undefined)
    guard.run('watchdog', () => this.#watchdog?.stop(), undefined)
    this.tracker.stop()
  }
}

function profilesOf(config: ResolvedConfig): Record<ProfileType, boolean> {
  const { enableProfiling, enableCpuProfiling, enableMemoryProfiling } = config
  const cpu = enableProfiling && enableCpuProfiling
  const memory = enableProfiling && enableMemoryProfiling
  return { cpu, heap: memory, allocation: memory }
}

function directoryOf(tracker: Tracker, now: () => number): Directory {
  return {
    keepsChildren: tracker.hasScope,
    waitKinds: tracker.waitKinds,
    lookUp(id) {
      const operation = tracker.byId(id) as Operation
      return {
        component: operation.component,
        operation: operation.operation,
        get active() {
          return operation.active
        },
        get activeStreams() {
          return operation.http?.activeStreams ?? 0
        },
        get lastUpdatedMs() {
          return operation.dirty ? now() : operation.lastClosedMs
        },
      }
    },
  }
}
