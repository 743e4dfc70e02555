import { getHeapStatistics, type HeapInfo } from 'node:v8'
import type { Clock } from '../../clock.js'
import type { RuntimeMetrics } from '../../types/metrics.js'

const US_PER_MS = 1000

export type MemoryUsage = Pick<
  RuntimeMetrics,
  'rssBytes' | 'heapUsedBytes' | 'heapTotalBytes' | 'heapLimitBytes' | 'externalBytes'
>

export const NO_MEMORY_USAGE: Readonly<MemoryUsage> = Object.freeze({
  rssBytes: null,
  heapUsedBytes: null,
  heapTotalBytes: null,
  heapLimitBytes: null,
  externalBytes: null,
})

/** As `process.memoryUsage()`, without asking V8 a second time. */
export function readMemoryUsage(heap: HeapInfo = getHeapStatistics()): MemoryUsage {
  return {
    rssBytes: process.memoryUsage.rss(),
    heapUsedBytes: heap.used_heap_size,
    heapTotalBytes: heap.total_heap_size,
    heapLimitBytes: heap.heap_size_limit,
    externalBytes: heap.external_memory,
  }
}

/** CPU time of the process, all its threads, over one interval. */
export class ProcessCpu {
  readonly #clock: Clock
  #previous: { usage: NodeJS.CpuUsage; atMs: number } | null = null

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock
  }

  start(): void {
    this.#previous = this.#now()
  }

  stop(): void {
    this.#previous = null
  }

  readPercent(): number | null {
    const previous = this.#previous
    if (previous === null) return null
    const current = this.#now()
    const elapsedMs = current.atMs - previous.atMs
    if (elapsedMs <= 0) return null
    this.#previous = current
    const usedUs = current.usage.user + current.usage.system - previous.usage.user - previous.usage.system
    return Math.max(0, (usedUs / US_PER_MS / elapsedMs) * 100)
  }

  #now(): { usage: NodeJS.CpuUsage; atMs: number } {
    return { usage: process.cpuUsage(), atMs: this.#clock.monotonicMs() }
  }
}
