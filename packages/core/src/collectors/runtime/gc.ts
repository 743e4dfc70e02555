import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import type { Clock } from '../../clock.js'
import type { GcMetrics } from '../../types/metrics.js'

/** Pauses of the garbage collector over one interval: every entry of every batch. */
export class GcCollector {
  readonly #clock: Clock
  #observer: PerformanceObserver | null = null
  #startedAtMs = 0
  #count = 0
  #pauseMs = 0
  #longestMs = 0

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock
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

  add(entries: Pick<PerformanceEntry, 'duration'>[]): void {
    for (const { duration } of entries) {
      this.#count++
      this.#pauseMs += duration
      if (duration > this.#longestMs) this.#longestMs = duration
    }
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

  #reset(): void {
    this.#startedAtMs = this.#clock.monotonicMs()
    this.#count = 0
    this.#pauseMs = 0
    this.#longestMs = 0
  }
}
