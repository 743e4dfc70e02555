// The public face: every call is one of a part's. What the parts are is in parts.ts, when they run in lifecycle.ts.
import type { AlertManager } from '../alerts/manager.js'
import { resolveConfig } from '../config/resolve.js'
import { PerfMonitorError } from '../errors.js'
import type { Guard } from '../guard.js'
import { joinChunks, runAtOnce } from '../history/slices.js'
import type { PerfHttp } from '../http/handler.js'
import { instrumentHealth } from '../instruments/registry.js'
import type { PerformanceOptimizer } from '../optimizer/optimizer.js'
import type { PerformanceProfiler } from '../profiler/profiler.js'
import type { Operation } from '../tracker/operation.js'
import type { Tracker } from '../tracker/tracker.js'
import type { PerformanceConfig, ResolvedConfig } from '../types/config.js'
import type { OptimizationRecommendation, PerformanceBottleneck } from '../types/findings.js'
import type { InstrumentHealth } from '../types/instruments.js'
import type { PerformanceSnapshot } from '../types/metrics.js'
import type { ReportFormat } from '../types/report.js'
import type { HistoryQuery, PerformanceHistory, WindowQuery } from '../types/window.js'
import { checkTarget, Instrumented } from './instrumented.js'
import { Lifecycle } from './lifecycle.js'
import { buildParts, type Parts } from './parts.js'
import { track } from './track.js'

const REPORT_FORMATS: readonly ReportFormat[] = ['json', 'csv', 'html', 'markdown']

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
  readonly #parts: Parts
  readonly #lifecycle: Lifecycle
  readonly #instrumented: Instrumented

  /** @throws PerfMonitorError `PERF_CONFIG_INVALID` naming every bad field at once */
  constructor(config?: PerformanceConfig) {
    this.config = resolveConfig(config)
    this.#parts = buildParts(this.config, () => this.running)
    const { alerts, optimizer, profiler, tracker, http, guard } = this.#parts
    this.alerts = alerts
    this.optimizer = optimizer
    this.profiler = profiler
    this.tracker = tracker
    this.http = http
    this.guard = guard
    this.#instrumented = new Instrumented(tracker, guard)
    this.#lifecycle = new Lifecycle(this.#parts, () => this.#instrumented.undoAll())
  }

  /** Whether sampling runs: adapters let requests through unmeasured while it does not. */
  get running(): boolean {
    return this.#lifecycle.running
  }

  /** Libraries that are measured, and those that are loaded but cannot be seen: as `/health` lists them. */
  get instruments(): InstrumentHealth[] {
    return instrumentHealth(this.#parts.instruments)
  }

  /** Starts sampling; idempotent; what fails to start is contained and shown at `/health`. Adapters call it. */
  start(): Promise<void> {
    return this.#lifecycle.start()
  }

  /** Ends sampling, the thread, the listener and all clients of `/stream`; idempotent. What was measured can still be read. */
  stop(): Promise<void> {
    return this.#lifecycle.stop()
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
    checkTarget(target)
    if (this.config.enabled) this.#instrumented.add(component, target, methods)
    return target
  }

  /** Everything since start, as of now, in one go. Ten thousand operations take a quarter of a second: `/snapshot` does the same in slices. */
  getSnapshot(): PerformanceSnapshot {
    return runAtOnce(this.#parts.reader.snapshot())
  }

  /** Series over time. @throws PerfMonitorError `PERF_ARGUMENT_INVALID`, as a rejection */
  getHistory(query: HistoryQuery = {}): Promise<PerformanceHistory> {
    return this.#parts.reader.history(query)
  }

  /** What is slow and why, worst first, over the window (default: the last 10 minutes). */
  async identifyBottlenecks(window: WindowQuery = {}): Promise<PerformanceBottleneck[]> {
    return (await this.#parts.reader.findings(window)).bottlenecks
  }

  async getRecommendations(window: WindowQuery = {}): Promise<OptimizationRecommendation[]> {
    return (await this.#parts.reader.findings(window)).recommendations
  }

  /**
   * A report as one string. That is joined at once: 6 ms for ten megabytes (JSON of ten thousand operations); `/report` sends pieces.
   * @throws PerfMonitorError `PERF_ARGUMENT_INVALID`, as a rejection
   */
  async exportReport(format: ReportFormat, window: WindowQuery = {}): Promise<string> {
    if (!REPORT_FORMATS.includes(format)) {
      throw new PerfMonitorError('PERF_ARGUMENT_INVALID', `\`format\` must be one of ${REPORT_FORMATS.join(', ')}`)
    }
    return joinChunks(await this.#parts.source.report(format, window, {}))
  }

  /** Takes a sample now instead of waiting for the interval's end: for tests and for scripts that end soon. */
  sample(): Promise<void> {
    return this.#parts.sampler.sample()
  }
}
