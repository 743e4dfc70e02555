// What tells a leak from a heap that merely waits to be collected: the old generation, and how much of it a major collection leaves.
import { getHeapSpaceStatistics, getHeapStatistics, type HeapSpaceInfo } from 'node:v8'
import type { Clock } from '../../clock.js'
import type { GcKind } from './gc.js'

const YOUNG_SPACES: ReadonlySet<string> = new Set(['new_space', 'new_large_object_space'])

export interface HeapGauges {
  /** Used bytes of the old generation: everything but the young one, which is garbage for the most part. */
  oldSpaceBytes: number | null
  /** Of the interval. */
  majorCount: number | null
  /** `oldSpaceBytes` right after the last major collection; `null` in an interval without one. */
  floorBytes: number | null
  /** Bytes of buffers and the like, likewise. */
  externalFloorBytes: number | null
  allocatedBytesPerSecond: number | null
}

export const NO_HEAP_GAUGES: Readonly<HeapGauges> = Object.freeze({
  oldSpaceBytes: null,
  majorCount: null,
  floorBytes: null,
  externalFloorBytes: null,
  allocatedBytesPerSecond: null,
})

interface HeapReading {
  atMs: number
  oldBytes: number
  externalBytes: number
  youngUsedBytes: number
  youngCapacityBytes: number
  largeBytes: number
  /** Since the process started; Node 26 and newer tell. */
  allocatedBytes: number | null
}

export interface HeapOptions {
  clock: Clock
  /** V8's own, but for tests. */
  spaces?: () => Pick<HeapSpaceInfo, 'space_name' | 'space_used_size' | 'space_available_size'>[]
  statistics?: () => { external_memory: number; total_allocated_bytes?: number }
}

export class HeapCollector {
  readonly #clock: Clock
  readonly #spaces: NonNullable<HeapOptions['spaces']>
  readonly #statistics: NonNullable<HeapOptions['statistics']>
  #previous: HeapReading | null = null
  #floor: HeapReading | null = null
  #minorCount = 0
  #majorCount = 0

  constructor({ clock, spaces = getHeapSpaceStatistics, statistics = getHeapStatistics }: HeapOptions) {
    this.#clock = clock
    this.#spaces = spaces
    this.#statistics = statistics
  }

  start(): void {
    this.#reset()
    this.#previous = this.#look()
  }

  stop(): void {
    this.#reset()
    this.#previous = null
  }

  /** Collections that just ended. What was promoted since is little: new objects begin in the young generation. */
  collected(kinds: readonly (GcKind | null)[]): void {
    for (const kind of kinds) {
      if (kind === 'minor') this.#minorCount++
      else if (kind === 'major') this.#majorCount++
    }
    if (kinds.includes('major')) this.#floor = this.#look()
  }

  /** `statistics`: V8's, when they were read already. */
  read(statistics = this.#statistics()): HeapGauges {
    const previous = this.#previous
    if (previous === null) return NO_HEAP_GAUGES
    const now = this.#look(statistics)
    this.#previous = now
    const gauges = {
      oldSpaceBytes: now.oldBytes,
      majorCount: this.#majorCount,
      floorBytes: this.#floor?.oldBytes ?? null,
      externalFloorBytes: this.#floor?.externalBytes ?? null,
      allocatedBytesPerSecond: allocatedPerSecond(previous, now, this.#minorCount),
    }
    this.#reset()
    return gauges
  }

  #look(statistics = this.#statistics()): HeapReading {
    const reading: HeapReading = {
      atMs: this.#clock.monotonicMs(),
      oldBytes: 0,
      externalBytes: 0,
      youngUsedBytes: 0,
      youngCapacityBytes: 0,
      largeBytes: 0,
      allocatedBytes: null,
    }
    for (const { space_name: name, space_used_size: used, space_available_size: available } of this.#spaces()) {
      if (!YOUNG_SPACES.has(name)) reading.oldBytes += used
      if (name.endsWith('large_object_space')) reading.largeBytes += used
      if (name === 'new_space') {
        reading.youngUsedBytes = used
        reading.youngCapacityBytes = used + available
      }
    }
    reading.externalBytes = statistics.external_memory
    reading.allocatedBytes = statistics.total_allocated_bytes ?? null
    return reading
  }

  #reset(): void {
    this.#floor = null
    this.#minorCount = 0
    this.#majorCount = 0
  }
}

/**
 * As V8 counts it, otherwise an estimate: a minor collection comes when the young generation is full, so each stands for its
 * capacity; what is larger than a page is allocated beside it. Within a third of Node 26's own count in what was tried (small objects,
 * JSON, a growing cache, large arrays), mostly above: what survives is counted again, and large objects that came and went are not.
 */
function allocatedPerSecond(from: HeapReading, to: HeapReading, minorCount: number): number | null {
  const elapsedMs = to.atMs - from.atMs
  if (elapsedMs <= 0) return null
  const capacity = (from.youngCapacityBytes + to.youngCapacityBytes) / 2 // it grows and shrinks by itself
  const young = minorCount * capacity + to.youngUsedBytes - from.youngUsedBytes
  const bytes =
    from.allocatedBytes !== null && to.allocatedBytes !== null
      ? to.allocatedBytes - from.allocatedBytes
      : young + Math.max(0, to.largeBytes - from.largeBytes)
  return (Math.max(0, bytes) / elapsedMs) * 1000
}
