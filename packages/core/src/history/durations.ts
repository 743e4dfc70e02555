// Counts and durations of many operations at once, without an accumulator for each: what series and the stream need of a sample.
import { Histogram } from '../histogram/histogram.js'
import type { Outcome } from '../types/window.js'
import type { Directory } from './accumulator.js'
import { ByteReader } from './bytes.js'
import { type DurationTarget, decodeDurations } from './codec.js'

export class DurationSums implements DurationTarget {
  count = 0
  failed = 0
  aborted = 0
  readonly durations = new Histogram()

  addCount(outcome: Outcome, count: number): void {
    this.count += count
    if (outcome === 'failure') this.failed += count
    else if (outcome === 'aborted') this.aborted += count
  }

  add(other: DurationSums): void {
    this.count += other.count
    this.failed += other.failed
    this.aborted += other.aborted
    this.durations.add(other.durations)
  }

  reset(): void {
    this.count = 0
    this.failed = 0
    this.aborted = 0
    this.durations.reset()
  }
}

/** One sample's operations by component, yielding after each so that the caller can slice. */
export function* componentTotals(
  directory: Directory,
  operations: Uint8Array,
): Generator<void, Map<string, DurationSums>> {
  const totals = new Map<string, DurationSums>()
  const target = (id: number) => {
    const { component } = directory.lookUp(id)
    let sums = totals.get(component)
    if (sums === undefined) {
      sums = new DurationSums()
      totals.set(component, sums)
    }
    return sums
  }
  const reader = new ByteReader(operations)
  while (!reader.done) {
    decodeDurations(reader, { target })
    yield
  }
  return totals
}
