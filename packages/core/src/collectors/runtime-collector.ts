import { getHeapStatistics } from 'node:v8'
import type { Clock } from '../clock.js'
import type { Guard } from '../guard.js'
import type { Histogram } from '../histogram/histogram.js'
import type { GcMetrics, RuntimeMetrics } from '../types/metrics.js'
import { ActiveResources } from './runtime/active-resources.js'
import { EventLoopCollector, NO_DELAY } from './runtime/event-loop.js'
import { GcCollector, type GcKind } from './runtime/gc.js'
import { HeapCollector, type HeapGauges, NO_HEAP_GAUGES } from './runtime/heap.js'
import { NO_MEMORY_USAGE, ProcessCpu, readMemoryUsage } from './runtime/process-usage.js'
import type { SystemFigures } from './system-source.js'

const DEFAULT_THREAD_POOL_SIZE = 4 // libuv's, unless UV_THREADPOOL_SIZE says otherwise
const MAX_THREAD_POOL_SIZE = 1024
const NO_GC: Readonly<GcMetrics> = Object.freeze({ pausePercent: null, count: null, maxPauseMs: null })

export interface RuntimeCollectorOptions {
  clock: Clock
  guard: Guard
  /** HTTP requests in flight. */
  activeRequests: () => number | null
}

/** What only the monitor's thread can tell of this process. */
export type ThreadFigures = Pick<SystemFigures, 'threadPoolDelayMs' | 'openFiles'>

const NOT_TOLD: Readonly<ThreadFigures> = Object.freeze({ threadPoolDelayMs: null, openFiles: null })

/** This process as it is seen from its main thread. */
export class RuntimeCollector {
  readonly #options: RuntimeCollectorOptions
  readonly #cpu: ProcessCpu
  readonly #gc: GcCollector
  readonly #heap: HeapCollector
  readonly #resources = new ActiveResources()
  readonly #threadPoolSize = threadPoolSize(process.env.UV_THREADPOOL_SIZE)
  #eventLoop: EventLoopCollector | null = null
  #heapGauges: Readonly<HeapGauges> = NO_HEAP_GAUGES
  #activeResources: Record<string, number> | null = null
  #openFiles: number | null = null

  constructor(options: RuntimeCollectorOptions) {
    this.#options = options
    this.#cpu = new ProcessCpu(options)
    this.#heap = new HeapCollector(options)
    this.#gc = new GcCollector({ clock: options.clock, onCollected: (kinds) => this.#heap.collected(kinds) })
  }

  start(): void {
    if (this.#eventLoop !== null) return
    const { guard } = this.#options
    const eventLoop = guard.run('runtime.event-loop', () => new EventLoopCollector(), null)
    this.#eventLoop = eventLoop
    guard.run('runtime.event-loop', () => eventLoop?.start(), undefined)
    guard.run('runtime.gc', () => this.#gc.start(), undefined)
    guard.run('runtime.heap', () => this.#heap.start(), undefined)
    guard.run('runtime.cpu', () => this.#cpu.start(), undefined)
  }

  stop(): void {
    const { guard } = this.#options
    guard.run('runtime.event-loop', () => this.#eventLoop?.stop(), undefined)
    guard.run('runtime.gc', () => this.#gc.stop(), undefined)
    guard.run('runtime.heap', () => this.#heap.stop(), undefined)
    guard.run('runtime.cpu', () => this.#cpu.stop(), undefined)
    this.#eventLoop = null
  }

  /** While the loop rests its delay is not measured by a timer, but told turn by turn. */
  rest(isResting: boolean): void {
    this.#options.guard.run('runtime.event-loop', () => this.#eventLoop?.rest(isResting), undefined)
  }

  turned(turnMs: number): void {
    this.#eventLoop?.turned(turnMs)
  }

  /** Durations of all collections since start, by kind. */
  get gcTotals(): ReadonlyMap<GcKind, Histogram> {
    return this.#gc.totals
  }

  /** Closes the interval since the last call; for the sampler alone, because a second reader would take half of it. */
  read({ threadPoolDelayMs, openFiles }: ThreadFigures = NOT_TOLD): RuntimeMetrics {
    const { guard, activeRequests } = this.#options
    const eventLoop = this.#eventLoop
    // the collections that the observer still holds belong to this interval of the heap as well
    const gc = guard.run('runtime.gc', () => this.#gc.read(), NO_GC)
    const statistics = guard.run('runtime.memory', getHeapStatistics, undefined)
    this.#heapGauges = guard.run('runtime.heap', () => this.#heap.read(statistics), NO_HEAP_GAUGES)
    this.#activeResources = guard.run('runtime.active-resources', () => this.#resources.read(), null)
    this.#openFiles = openFiles
    return {
      cpuPercent: guard.run('runtime.cpu', () => this.#cpu.readPercent(), null),
      ...guard.run('runtime.memory', () => readMemoryUsage(statistics), NO_MEMORY_USAGE),
      eventLoopUtilizationPercent: guard.run(
        'runtime.event-loop',
        () => eventLoop?.readUtilizationPercent() ?? null,
        null,
      ),
      eventLoopDelay: guard.run('runtime.event-loop', () => eventLoop?.readDelay() ?? NO_DELAY, NO_DELAY),
      gc,
      threadPoolDelayMs,
      activeRequests: guard.run('runtime.active-requests', activeRequests, null),
      activeResources: this.#activeResources,
    }
  }

  /** What comes and goes, by name, as of the last `read()`. */
  gauges(): Map<string, number> {
    const gauges = new Map<string, number>()
    const set = (name: string, value: number | null) => {
      if (value !== null) gauges.set(name, value)
    }
    const heap = this.#heapGauges
    set('heap.oldSpaceBytes', heap.oldSpaceBytes)
    set('heap.floorBytes', heap.floorBytes)
    set('heap.externalFloorBytes', heap.externalFloorBytes)
    set('heap.allocatedBytesPerSecond', heap.allocatedBytesPerSecond)
    set('gc.majorCount', heap.majorCount)
    set('threadPool.size', this.#threadPoolSize)
    set('resource.openFiles', this.#openFiles)
    for (const type in this.#activeResources) set(`resource.${type}`, this.#activeResources[type] ?? null)
    return gauges
  }
}

/** As libuv reads the variable when the first job comes. */
function threadPoolSize(variable: string | undefined): number {
  if (variable === undefined) return DEFAULT_THREAD_POOL_SIZE
  const size = Number.parseInt(variable, 10)
  return Math.min(MAX_THREAD_POOL_SIZE, Math.max(1, Number.isNaN(size) ? 1 : size))
}
