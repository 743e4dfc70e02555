import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import type { Clock } from '../../clock.js'
import { Histogram } from '../../histogram/histogram.js'
import type { GcMetrics } from '../../types/metrics.js'

/** OpenTelemetry's values of `v8js.gc.type`. */
const KINDS = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
} as const

export type GcKind = (typeof KINDS)[keyof typeof KINDS]

type GcEntry = Pick<PerformanceEntry, 'duration'> & { detail?: unknown }

export interface GcOptions {
  clock: Clock
  /** Once a batch, in the order in which they ended; `null`: of a kind that is not known. */
  onCollected?: (kinds: readonly (GcKind | null)[]) => void
}

/** Pauses of the garbage collector over one interval: every entry of every batch. */
export class GcCollector {
  readonly #clock: Clock
  readonly #onCollected: (kinds: readonly (GcKind | null)[]) => void
  #observer: PerformanceObserver | null = null
  /** Durations of all collections since start, by kind. */
  readonly totals = new Map<GcKind, Histogram>()
  #startedAtMs = 0
  #count = 0
  #pauseMs = 0
  #longestMs = 0

  constructor({ clock, onCollected = () => {} }: GcOptions) {
    this.#clock = clock
    this.#onCollected = onCollected
  }

  start(): void {
    this.#reset()
    this.#observer = new PerformanceObserver((list) => this.add(list.getEntries()))
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  stop(): void {
    this.#observer?.disconnect()
    this.#observer = null
  }

  add(entries: readonly GcEntry[]): void {
    if (entries.length === 0) return
    const kinds = entries.map(({ detail }) => kindOf(detail))
    for (const [index, { duration }] of entries.entries()) {
      this.#total(kinds[index] ?? null)?.record(duration)
      this.#count++
      this.#pauseMs += duration
      if (duration > this.#longestMs) this.#longestMs = duration
    }
    this.#onCollected(kinds)
  }

  read(): GcMetrics {
    if (this.#observer === null) return { pausePercent: null, count: null, maxPauseMs: null }
    this.add(this.#observer.takeRecords()) // queued for the observer, but of this interval
    const elapsedMs = this.#clock.monotonicMs() - this.#startedAtMs
    const metrics = {
      pausePercent: elapsedMs > 0 ? Math.min(100, (this.#pauseMs / elapsedMs) * 100) : null,
      count: this.#count,
      maxPauseMs: this.#count === 0 ? null : this.#longestMs,
    }
    this.#reset()
    return metrics
  }

  #total(kind: GcKind | null): Histogram | null {
    if (kind === null) return null
    let durations = this.totals.get(kind)
    if (durations === undefined) {
      durations = new Histogram()
      this.totals.set(kind, durations)
    }
    return durations
  }

  #reset(): void {
    this.#startedAtMs = this.#clock.monotonicMs()
    this.#count = 0
    this.#pauseMs = 0
    this.#longestMs = 0
  }
}

function kindOf(detail: unknown): GcKind | null {
  const kind = (detail as { kind?: keyof typeof KINDS } | undefined)?.kind
  return kind === undefined ? null : (KINDS[kind] ?? null)
}
