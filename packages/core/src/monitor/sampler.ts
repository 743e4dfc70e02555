// Once an interval: reads the collectors, encodes what the operations did, and hands the sample on. Reads nothing else.
import type { Clock, TimerHandle } from '../clock.js'
import type { Guard } from '../guard.js'
import { ByteWriter } from '../history/bytes.js'
import { encodeOperation } from '../history/codec.js'
import { toRow } from '../history/fields.js'
import { GaugeNames } from '../history/gauges.js'
import type { LatestFigures, Sample } from '../history/sample.js'
import { runSliced } from '../history/slices.js'
import type { Operation } from '../tracker/operation.js'
import type { Tracker } from '../tracker/tracker.js'

export interface SamplerOptions {
  clock: Clock
  guard: Guard
  tracker: Tracker
  intervalMs: number
  /** Closes the collectors' interval. */
  read: () => LatestFigures
  /** What is done with each sample, in order. */
  consume: (sample: Sample, latest: LatestFigures) => Generator<void, void>
}

export class Sampler {
  samples = 0
  /** Main-thread time spent, all samples together; waiting between slices is not counted. */
  samplingMs = 0
  /** Distinct children of the operation that has the most. */
  mostChildren = 0
  readonly gaugeNames = new GaugeNames()
  readonly #options: SamplerOptions
  readonly #writer = new ByteWriter()
  #timer: TimerHandle | null = null
  #running: Promise<void> | null = null
  #holds = 0
  #onReleased: (() => void) | null = null
  #lastMonotonicMs: number
  #lastTimestamp: number

  constructor(options: SamplerOptions) {
    this.#options = options
    this.#lastMonotonicMs = options.clock.monotonicMs()
    this.#lastTimestamp = options.clock.now()
  }

  start(): void {
    if (this.#timer !== null) return
    const { clock, tracker } = this.#options
    // what was recorded while nothing sampled belongs to all of that time
    if (!tracker.hasDirty) this.#lastMonotonicMs = clock.monotonicMs()
    this.#schedule()
  }

  /** Takes a last sample, so that nothing recorded is left out. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = null
    await this.#running
    if (this.#options.tracker.hasDirty) await this.sample()
  }

  /** Resolves when no sample is being taken. */
  async idle(): Promise<void> {
    await this.#running
  }

  /**
   * Resolves between two samples; the next one waits for what it returns to be called. For who goes through the open interval in
   * slices: a sample taken meanwhile would move records from where it has not read yet to where it has read already.
   */
  async hold(): Promise<() => void> {
    while (this.#running !== null) await this.#running
    this.#holds++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds--
      if (this.#holds === 0) this.#onReleased?.()
    }
  }

  /** Time since the last sample, ms. */
  get openMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastMonotonicMs
  }

  /** Takes one sample now; when one is being taken, that one. Never rejects. */
  sample(): Promise<void> {
    this.#running ??= this.#options.guard
      .runAsync('sampler', () => this.#takeWhenFree(), undefined)
      .finally(() => {
        this.#running = null
      })
    return this.#running
  }

  /** On whole multiples of the interval by the wall clock: no drift, and processes of one app sample the same seconds. */
  #schedule(): void {
    const { clock, intervalMs } = this.#options
    let delayMs = intervalMs - (clock.now() % intervalMs)
    if (delayMs < intervalMs / 4) delayMs += intervalMs // a timer that fired a hair early must not fire twice
    this.#timer = clock.after(delayMs, () => {
      this.#schedule()
      void this.sample()
    })
  }

  async #takeWhenFree(): Promise<void> {
    if (this.#holds > 0) {
      await new Promise<void>((resolve) => {
        this.#onReleased = resolve
      })
      this.#onReleased = null
    }
    await runSliced(this.#timed(this.#take()))
  }

  *#take(): Generator<void, void> {
    const { clock, guard, tracker } = this.#options
    const monotonicMs = clock.monotonicMs()
    const durationMs = monotonicMs - this.#lastMonotonicMs
    // the wall clock may be set back: history must not
    const timestamp = Math.max(clock.now(), Math.ceil(this.#lastTimestamp + Math.max(1, durationMs)) - 1)
    this.#lastMonotonicMs = monotonicMs
    this.#lastTimestamp = timestamp
    const latest = guard.run('collectors', this.#options.read, { system: null, runtime: null })
    for (const operation of tracker.takeDirty()) {
      guard.run(`sample of ${operation.component}`, () => this.#encode(operation), undefined)
      operation.closeInterval(timestamp)
      this.mostChildren = Math.max(this.mostChildren, operation.children.size)
      yield
    }
    const row = toRow(latest.system, latest.runtime)
    const gauges = latest.gauges === undefined ? null : this.gaugeNames.toRow(latest.gauges)
    const sample: Sample = { timestamp, durationMs, row, gauges, operations: this.#writer.take() }
    this.samples++
    yield* this.#options.consume(sample, latest)
  }

  /** All of an operation or nothing of it: half of one would make the rest of the sample unreadable. */
  #encode(operation: Operation): void {
    const before = this.#writer.length
    try {
      encodeOperation(this.#writer, operation.interval)
    } catch (error) {
      this.#writer.cut(before)
      throw error
    }
  }

  *#timed(work: Generator<void, void>): Generator<void, void> {
    for (;;) {
      const start = performance.now()
      const { done } = work.next()
      this.samplingMs += performance.now() - start
      if (done) return
      yield
    }
  }
}
