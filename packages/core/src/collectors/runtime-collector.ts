import type { Clock } from '../clock.js'
import type { Guard } from '../guard.js'
import type { Histogram } from '../histogram/histogram.js'
import type { GcMetrics, RuntimeMetrics } from '../types/metrics.js'
import { ActiveResources } from './runtime/active-resources.js'
import { EventLoopCollector, NO_DELAY } from './runtime/event-loop.js'
import { GcCollector, type GcKind } from './runtime/gc.js'
import { NO_MEMORY_USAGE, ProcessCpu, readMemoryUsage } from './runtime/process-usage.js'

const NO_GC: Readonly<GcMetrics> = Object.freeze({ pausePercent: null, count: null, maxPauseMs: null })

export interface RuntimeCollectorOptions {
  clock: Clock
  guard: Guard
  /** HTTP requests in flight. */
  activeRequests: () => number | null
  threadPoolDelayMs: () => number | null
}

/** This process as it is seen from its main thread. */
export class RuntimeCollector {
  readonly #options: RuntimeCollectorOptions
  readonly #cpu: ProcessCpu
  readonly #gc: GcCollector
  readonly #resources = new ActiveResources()
  #eventLoop: EventLoopCollector | null = null

  constructor(options: RuntimeCollectorOptions) {
    this.#options = options
    this.#cpu = new ProcessCpu(options)
    this.#gc = new GcCollector(options)
  }

  start(): void {
    if (this.#eventLoop !== null) return
    const { guard } = this.#options
    const eventLoop = guard.run('runtime.event-loop', () => new EventLoopCollector(), null)
    this.#eventLoop = eventLoop
    guard.run('runtime.event-loop', () => eventLoop?.start(), undefined)
    guard.run('runtime.gc', () => this.#gc.start(), undefined)
    guard.run('runtime.cpu', () => this.#cpu.start(), undefined)
  }

  stop(): void {
    const { guard } = this.#options
    guard.run('runtime.event-loop', () => this.#eventLoop?.stop(), undefined)
    guard.run('runtime.gc', () => this.#gc.stop(), undefined)
    guard.run('runtime.cpu', () => this.#cpu.stop(), undefined)
    this.#eventLoop = null
  }

  /** Durations of all collections since start, by kind. */
  get gcTotals(): ReadonlyMap<GcKind, Histogram> {
    return this.#gc.totals
  }

  /** Closes the interval since the last call; for the sampler alone, because a second reader would take half of it. */
  read(): RuntimeMetrics {
    const { guard, activeRequests, threadPoolDelayMs } = this.#options
    const eventLoop = this.#eventLoop
    return {
      cpuPercent: guard.run('runtime.cpu', () => this.#cpu.readPercent(), null),
      ...guard.run('runtime.memory', readMemoryUsage, NO_MEMORY_USAGE),
      eventLoopUtilizationPercent: guard.run(
        'runtime.event-loop',
        () => eventLoop?.readUtilizationPercent() ?? null,
        null,
      ),
      eventLoopDelay: guard.run('runtime.event-loop', () => eventLoop?.readDelay() ?? NO_DELAY, NO_DELAY),
      gc: guard.run('runtime.gc', () => this.#gc.read(), NO_GC),
      threadPoolDelayMs: guard.run('runtime.thread-pool', threadPoolDelayMs, null),
      activeRequests: guard.run('runtime.active-requests', activeRequests, null),
      activeResources: guard.run('runtime.active-resources', () => this.#resources.read(), null),
    }
  }
}
