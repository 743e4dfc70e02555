// The last minute (or so), kept up to date by adding the newest sample and subtracting those that left: exact, since
// histograms subtract, and cheap however many samples the window spans. Who reads it is told what that changed.
import type { MetricsWindow } from '../types/window.js'
import { type Directory, IntervalSums, type OperationAccumulator } from './accumulator.js'
import { SampleRing } from './ring.js'
import type { LatestFigures, Sample } from './sample.js'
import { windowOf } from './window.js'

export class SlidingWindow {
  readonly #windowMs: number
  readonly #samples = new SampleRing()
  readonly #sums: IntervalSums
  #durationMs = 0
  #pushes = 0
  #changed: OperationAccumulator[] = []
  #gone: OperationAccumulator[] = []

  constructor(directory: Directory, windowMs: number) {
    this.#windowMs = windowMs
    this.#sums = new IntervalSums(directory, {
      countsCalls: true,
      onChange: (operation, isGone) => {
        if (isGone) this.#gone.push(operation)
        else if (operation.changedIn !== this.#pushes) this.#changed.push(operation)
        operation.changedIn = this.#pushes
      },
    })
  }

  *push(sample: Sample): Generator<void, void> {
    // first: whoever reads after a push that broke off finds its number missing, not its changes
    this.#pushes++
    this.#changed = []
    this.#gone = []
    // time first: whoever reads between two slices sees too little per second, never ten thousand times too much
    this.#durationMs += sample.durationMs
    this.#samples.push(sample)
    yield* this.#sums.apply(sample.operations)
    const start = sample.timestamp - this.#windowMs
    for (
      let oldest = this.#samples.first;
      oldest !== undefined && oldest.timestamp <= start;
      oldest = this.#samples.first
    ) {
      this.#samples.shift()
      this.#durationMs -= oldest.durationMs
      yield* this.#sums.apply(oldest.operations, -1)
    }
  }

  /** Measured time in the window. */
  get durationMs(): number {
    return this.#durationMs
  }

  operation(id: number): OperationAccumulator | undefined {
    return this.#sums.byId.get(id)
  }

  /** Reads the sums as they are: valid until the next `push`. */
  read(latest: LatestFigures): MetricsWindow {
    const samples = this.#samples.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    const to = this.#samples.last?.timestamp ?? 0
    return windowOf({
      from: to - this.#windowMs,
      to,
      durationMs: this.#durationMs,
      timestamps: samples.map(({ timestamp }) => timestamp),
      rows: samples.map(({ row }) => row),
      gauges: samples.map(({ gauges }) => gauges),
      operations: () => [...this.#sums.byId.values()],
      changes: { of: this, number: this.#pushes, changed: this.#changed, gone: this.#gone },
      latest,
    })
  }
}
