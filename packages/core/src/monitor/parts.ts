// The composition root: builds the parts from the options. What they do is theirs; when they start and stop is the lifecycle's.

import { AdviceKeeper } from '../advisor/advice.js'
import { builtInRules } from '../alerts/built-in-rules.js'
import { AlertManager } from '../alerts/manager.js'
import { ResourceCensusTaker } from '../census/census.js'
import { RuntimeCollector } from '../collectors/runtime-collector.js'
import { SystemSource } from '../collectors/system-source.js'
import { requestMatcher } from '../config/matcher.js'
import { Guard } from '../guard.js'
import type { Directory, OperationEntry } from '../history/accumulator.js'
import { MemoryHistory } from '../history/memory-history.js'
import { SlidingWindow } from '../history/sliding-window.js'
import { PerfHttp } from '../http/handler.js'
import { PerfServer } from '../http/server.js'
import { Places } from '../inspect/places.js'
import { ConnectLatency } from '../instruments/connect-latency.js'
import type { Instrument } from '../instruments/instrument.js'
import { PoolRegistry } from '../instruments/pools.js'
import { builtInInstruments, instrumentHealth } from '../instruments/registry.js'
import { PerformanceOptimizer } from '../optimizer/optimizer.js'
import { optimizerRules } from '../optimizer/rules.js'
import { PerformanceProfiler } from '../profiler/profiler.js'
import { RunCaptures } from '../tracker/captures.js'
import type { Operation } from '../tracker/operation.js'
import { TraceReader } from '../tracker/trace-reader.js'
import { Tracker } from '../tracker/tracker.js'
import type { ResolvedConfig } from '../types/config.js'
import type { ProfileType } from '../types/metrics.js'
import type { RestListener } from '../watchdog/rhythm.js'
import { Watchdog } from '../watchdog/watchdog.js'
import { capturesWithin } from './captures.js'
import { Diagnosis } from './diagnosis.js'
import { Reader } from './reader.js'
import { analyseRecent, takeCapture } from './rounds.js'
import { readCollectors, SampleFlow } from './sample-flow.js'
import { Sampler } from './sampler.js'
import { MonitorSource } from './source.js'

const MIN_HISTORY_MS = 120_000 // in full resolution: what is rolled up are whole minutes, so the last two must be whole
const RATE_WINDOW_MS = 60_000 // contract: rates are over the last 60 s
const MIN_ALERT_SAMPLES = 5 // rules want three at least, and one may be missing or the first

export type Parts = ReturnType<typeof buildParts>

/** Starts nothing. `isRunning` is asked later, not while building. */
export function buildParts(config: ResolvedConfig, isRunning: () => boolean) {
  const { clock, logger } = config
  const guard = new Guard(clock, logger)
  const places = new Places()
  const { tracker, traces } = buildTracker(config, guard, places)
  const { history, lastMinute, alertWindow } = buildHistory(config, tracker)
  const watchdog = buildWatchdog(config, guard, {
    tracker,
    rest: {
      rest: (isResting) => {
        runtime.rest(isResting)
        system.rest(isResting)
      },
      turned: (turnMs) => runtime.turned(turnMs),
    },
  })
  const alerts = buildAlerts(config, guard, watchdog)
  const optimizer = new PerformanceOptimizer({
    thresholds: config.alertThresholds,
    clock,
    guard,
    rules: optimizerRules(),
  })
  const profiler = new PerformanceProfiler({
    clock,
    guard,
    enabled: profilesOf(config),
    tracker,
    eventLoopUtilizationPercent: () => history.latest.runtime?.eventLoopUtilizationPercent ?? null,
  })
  const system = new SystemSource({
    intervalMs: config.collectionIntervalMs,
    ioMonitoring: config.enableIoMonitoring,
    guard,
    clock,
    extensions: [...(watchdog === null ? [] : [watchdog]), profiler, places],
  })
  const runtime = new RuntimeCollector({ clock, guard, activeRequests: () => tracker.activeRequests })
  const connects = new ConnectLatency({
    clock,
    guard,
    onConnect: (host, durationMs, success) => tracker.operation('connect', host).record(durationMs, success),
  })
  const pools = new PoolRegistry({ tracker, guard, clock, locate: (frame) => places.locate(frame) })
  const census = new ResourceCensusTaker({
    guard,
    clock,
    current: () => tracker.current(),
    resolve: (frame) => places.locate(frame),
  })
  const instruments: readonly Instrument[] = builtInInstruments({
    tracker,
    guard,
    clock,
    pools,
    enabled: config.instruments,
  })
  const flow: SampleFlow = new SampleFlow({ history, lastMinute, alertWindow, alerts, source: () => source })
  watchdog?.onStall(() => flow.noteActivity())
  const sampler: Sampler = new Sampler({
    clock,
    guard,
    tracker,
    intervalMs: config.collectionIntervalMs,
    read: () => readCollectors({ system, runtime, connects, pools }),
    consume: (sample, latest) => flow.consume(sample, latest),
  })
  const reader: Reader = new Reader({
    config,
    tracker,
    history,
    lastMinute,
    sampler,
    runtime,
    pools,
    alerts,
    optimizer,
    profiler,
    advice: () => advice?.current ?? null,
    captures: (bounds) => capturesWithin({ profiler, watchdog, traces, pools, census }, bounds),
    guard,
  })
  const advice = buildAdvice(config, guard, tracker, reader)
  const diagnosis = new Diagnosis({
    clock,
    guard,
    analyse: (windowMs) => analyseRecent({ reader, advice, isRunning }, windowMs),
    hasTraffic: () => flow.takeActivity(),
    take: (capture, durationMs) => takeCapture({ config, profiler, census, history }, capture, durationMs),
  })
  const source: MonitorSource = new MonitorSource({
    config,
    guard,
    history,
    alerts,
    reader,
    profiler,
    traces,
    isRunning,
    streamClients: () => http.streamClients,
    instruments: () => instrumentHealth(instruments),
  })
  const http: PerfHttp = new PerfHttp(source)
  const server = config.prometheusPort === null ? null : new PerfServer(http, config.prometheusPort)
  return {
    config,
    guard,
    tracker,
    places,
    alerts,
    optimizer,
    profiler,
    watchdog,
    system,
    runtime,
    connects,
    pools,
    census,
    instruments,
    sampler,
    reader,
    advice,
    diagnosis,
    source,
    http,
    server,
  }
}

function buildTracker(config: ResolvedConfig, guard: Guard, places: Places): { tracker: Tracker; traces: TraceReader } {
  const { clock, limits } = config
  const captures = new RunCaptures({ clock, limits, onPlace: (frame) => places.prepare(frame) })
  const tracker = new Tracker({
    clock,
    guard,
    limits,
    requestScope: config.enableRequestScope,
    isLongLived: requestMatcher(config.longLived),
    captures,
    serverTiming: config.serverTiming,
  })
  const locate = places.locate.bind(places)
  return { tracker, traces: new TraceReader({ tracker, captures, locate, now: () => clock.now() }) }
}

function buildHistory(config: ResolvedConfig, tracker: Tracker) {
  const { clock, collectionIntervalMs, maxHistoryEntries } = config
  const directory = directoryOf(tracker, () => clock.now())
  const history = new MemoryHistory({
    directory,
    maxEntries: Math.max(maxHistoryEntries, Math.ceil(MIN_HISTORY_MS / collectionIntervalMs)),
    maxBytes: config.limits.maxHistoryBytes,
    retentionMs: config.history.retentionMs,
  })
  const lastMinute = new SlidingWindow(directory, RATE_WINDOW_MS)
  const alertWindowMs = Math.max(config.alerts.windowMs, MIN_ALERT_SAMPLES * collectionIntervalMs)
  const alertWindow = alertWindowMs === RATE_WINDOW_MS ? lastMinute : new SlidingWindow(directory, alertWindowMs)
  return { history, lastMinute, alertWindow }
}

function buildWatchdog(
  config: ResolvedConfig,
  guard: Guard,
  { tracker, rest }: { tracker: Tracker; rest: RestListener },
): Watchdog | null {
  const { stallThresholdMs, clock } = config
  if (stallThresholdMs === 0) return null
  return new Watchdog({
    thresholdMs: stallThresholdMs,
    clock,
    guard,
    current: () => tracker.current(),
    requestsInFlight: () => tracker.activeRequests,
    scope: tracker,
    restListener: rest,
  })
}

function buildAlerts(config: ResolvedConfig, guard: Guard, watchdog: Watchdog | null): AlertManager {
  const { alerts, alertThresholds, limits, clock, logger } = config
  const rules = builtInRules({
    ...config,
    thresholds: alertThresholds,
    minimumCount: alerts.minimumCount,
    longestStall: (fromMs, toMs) => (watchdog?.isWatching ? watchdog.longestIn(fromMs, toMs) : undefined),
  })
  const { pendingMs, resolveMs } = alerts
  return new AlertManager({ rules, pendingMs, resolveMs, limits, clock, guard, logger })
}

/** `null` without an advisor. */
function buildAdvice(config: ResolvedConfig, guard: Guard, tracker: Tracker, reader: Reader): AdviceKeeper | null {
  const { advisor, adviceIntervalMs: intervalMs, adviceTimeoutMs: timeoutMs } = config.optimizer
  if (advisor === null) return null
  const { name, version, node } = reader.service
  const run = <T>(ask: () => T) => tracker.runUnmeasured(ask)
  return new AdviceKeeper({
    advisor,
    intervalMs,
    timeoutMs,
    clock: config.clock,
    guard,
    service: { name, version, node },
    run,
  })
}

function profilesOf(config: ResolvedConfig): Record<ProfileType, boolean> {
  const { enableProfiling, enableCpuProfiling, enableMemoryProfiling } = config
  const cpu = enableProfiling && enableCpuProfiling
  const memory = enableProfiling && enableMemoryProfiling
  return { cpu, heap: memory, allocation: memory }
}

function directoryOf(tracker: Tracker, now: () => number): Directory {
  const entries: Entry[] = []
  return {
    keepsChildren: tracker.hasScope,
    waitKinds: tracker.waitKinds,
    lookUp(id) {
      entries[id] ??= new Entry(tracker.byId(id) as Operation, now)
      return entries[id]
    },
  }
}

/** Made once per operation: each window looks all of them up, and an object with three accessors of its own takes a microsecond. */
class Entry implements OperationEntry {
  readonly component: string
  readonly operation: string
  readonly #live: Operation
  readonly #now: () => number

  constructor(live: Operation, now: () => number) {
    this.component = live.component
    this.operation = live.operation
    this.#live = live
    this.#now = now
  }

  get active(): number {
    return this.#live.active
  }

  get activeStreams(): number {
    return this.#live.http?.activeStreams ?? 0
  }

  get lastUpdatedMs(): number | null {
    return this.#live.dirty ? this.#now() : this.#live.lastClosedMs
  }
}
