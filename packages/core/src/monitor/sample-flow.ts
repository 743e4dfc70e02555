// Where each sample goes, in order: history, the sliding windows, alerts, the stream.
import type { AlertManager } from '../alerts/manager.js'
import type { RuntimeCollector } from '../collectors/runtime-collector.js'
import type { SystemSource } from '../collectors/system-source.js'
import type { MemoryHistory } from '../history/memory-history.js'
import type { LatestFigures, Sample } from '../history/sample.js'
import type { SlidingWindow } from '../history/sliding-window.js'
import type { ConnectLatency } from '../instruments/connect-latency.js'
import type { PoolRegistry } from '../instruments/pools.js'
import { STARTUP_MS } from '../types/reading.js'
import type { MonitorSource } from './source.js'

const IDLE_CPU_PERCENT = 5 // of a core, on average: timers and our own sampling are far below
const BURST_CPU_PERCENT = 25 // in one sample; an idle heap is collected in less, blocks tell of themselves
const IDLE_RULES_MS = 5000 // of an app that does nothing the rules would be most of what a sample costs; they look at a minute

export interface Collectors {
  system: SystemSource
  runtime: RuntimeCollector
  connects: ConnectLatency
  pools: PoolRegistry
}

/** Closes the collectors' interval. */
export function readCollectors({ system, runtime, connects, pools }: Collectors): LatestFigures {
  const ofThread = system.read()
  const networkLatencyMs = connects.takeMeanMs()
  const ofRuntime = runtime.read(ofThread)
  const gauges = runtime.gauges()
  if (pools.size > 0) for (const [name, value] of pools.gauges()) gauges.set(name, value)
  const ofSystem = ofThread.system === null ? null : { ...ofThread.system, networkLatencyMs }
  return { system: ofSystem, runtime: ofRuntime, gauges }
}

export interface SampleFlowOptions {
  history: MemoryHistory
  lastMinute: SlidingWindow
  /** May be the last minute itself. */
  alertWindow: SlidingWindow
  alerts: AlertManager
  /** Built later: it reads what the sampler keeps. */
  source: () => MonitorSource
}

export class SampleFlow {
  readonly #options: SampleFlowOptions
  readonly #windows: ReadonlySet<SlidingWindow>
  #isActive = false
  #measuredMs = 0
  /** Since the last look. */
  #cpu = { usedMs: 0, ofMs: 0 }
  #withoutOperationsMs = 0
  #sinceRulesMs = 0

  constructor(options: SampleFlowOptions) {
    this.#options = options
    this.#windows = new Set([options.lastMinute, options.alertWindow])
  }

  *consume(sample: Sample, latest: LatestFigures): Generator<void, void> {
    const { history, alerts, alertWindow, source } = this.#options
    this.#measuredMs += sample.durationMs
    // loading modules is no work that wants an explanation
    const cpuPercent = this.#measuredMs > STARTUP_MS ? (latest.runtime?.cpuPercent ?? 0) : 0
    const isBusy = cpuPercent > BURST_CPU_PERCENT
    this.#cpu.usedMs += (cpuPercent / 100) * sample.durationMs
    this.#cpu.ofMs += sample.durationMs
    this.#isActive ||= isBusy || sample.operations.byteLength > 0
    yield* history.append(sample, latest)
    for (const window of this.#windows) yield* window.push(sample)
    this.#withoutOperationsMs = sample.operations.byteLength > 0 ? 0 : this.#withoutOperationsMs + sample.durationMs
    this.#sinceRulesMs += sample.durationMs
    if (isBusy || this.#areRulesDue()) {
      this.#sinceRulesMs = 0
      yield* alerts.evaluateInSteps(alertWindow.read(latest))
    }
    yield* source().publish(sample, latest)
  }

  /** Now and then is enough while there is no operation in the whole window. */
  #areRulesDue(): boolean {
    const isIdle = this.#withoutOperationsMs >= this.#options.alertWindow.durationMs
    return !isIdle || this.#sinceRulesMs >= IDLE_RULES_MS
  }

  /** Something happened that no sample shows. */
  noteActivity(): void {
    this.#isActive = true
  }

  /** Whether anything was done since the last call. */
  takeActivity(): boolean {
    const { usedMs, ofMs } = this.#cpu
    const wasActive = this.#isActive || usedMs > (ofMs * IDLE_CPU_PERCENT) / 100
    this.#cpu = { usedMs: 0, ofMs: 0 }
    this.#isActive = false
    return wasActive
  }
}
