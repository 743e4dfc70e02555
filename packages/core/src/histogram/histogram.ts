// A growable exponential histogram: merged by addition, subtracted exactly (sliding windows), count, sum, min and max kept beside it.
import type { HistogramView } from '../types/window.js'
import { bucketIndex, MAX_INDEX, MIN_INDEX, middle, upperBound } from './buckets.js'

const GROWTH = 16 // buckets added beyond what is needed: a quarter of a doubling, so that a steady operation stops growing soon
/** As narrow as the counts allow: 460 buckets are usual, and most hold a few. 2.3 KiB an operation instead of 5.2; 2.5 ns more a record. */
type Counts = Uint8Array | Uint16Array | Uint32Array | Float64Array
type CountsOf = new (length: number) => Counts
const NO_COUNTS = new Uint8Array(0)
const UINT8_MAX = 2 ** 8 - 1
const UINT16_MAX = 2 ** 16 - 1
const INT32_MAX = 2 ** 31 - 1 // less than 32 bits hold, so that `#room` stays a small integer

export class Histogram implements HistogramView {
  count = 0
  sum = 0
  /** Infinity while empty: `min` says null then. */
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  /** Bucket index of `counts[0]`. */
  #base = 0
  #counts: Counts = NO_COUNTS
  /** How many values fit whatever their buckets: a bucket never holds more than all of them. */
  #room = UINT8_MAX

  get min(): number | null {
    return this.count === 0 ? null : this.#min
  }

  get max(): number | null {
    return this.count === 0 ? null : this.#max
  }

  /** Memory of the buckets, bytes. */
  get byteLength(): number {
    return this.#counts.byteLength
  }

  /**
   * Callers make sure that `value` is finite and not negative: one NaN would poison the sum for good.
   */
  record(value: number): void {
    let slot = bucketIndex(value) - this.#base
    if (slot < 0 || slot >= this.#counts.length) slot = this.#grow(slot + this.#base)
    if (++this.count > this.#room) this.#widen()
    ;(this.#counts[slot] as number)++
    this.sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  add(other: Histogram): void {
    if (other.count === 0) return
    this.addSummary(other.count, other.sum, other.#min, other.#max)
    const counts = other.#counts
    let first = 0
    while (first < counts.length && counts[first] === 0) first++
    let last = counts.length - 1
    while (last > first && counts[last] === 0) last--
    if (first >= counts.length) return
    this.reserve(other.#base + first, other.#base + last)
    for (let i = first; i <= last; i++) {
      const n = counts[i] as number
      if (n !== 0) this.addBucket(other.#base + i, n)
    }
  }

  /** Makes room for buckets `lowest` to `highest` at once: growing bucket by bucket took 132 µs for a wide histogram, this 2. */
  reserve(lowest: number, highest: number): void {
    const length = this.#counts.length
    const low = Math.max(lowest, MIN_INDEX)
    const high = Math.min(highest, MAX_INDEX)
    if (low > high || (low >= this.#base && high < this.#base + length)) return
    if (length === 0) {
      // what is narrow gets the 16 buckets that any histogram begins with: so many are kept on the heap, more are not
      const spare = Math.max(0, GROWTH - (high - low + 1))
      this.#base = low - (spare >> 1)
      this.#counts = new (this.#counts.constructor as CountsOf)(high - low + 1 + spare)
      return
    }
    const base = low < this.#base ? low - GROWTH / 2 : this.#base
    const end = high >= this.#base + length ? high + GROWTH / 2 + 1 : this.#base + length
    const counts = new (this.#counts.constructor as CountsOf)(end - base)
    counts.set(this.#counts, this.#base - base)
    this.#base = base
    this.#counts = counts
  }

  /** First half of adding encoded parts; the buckets follow by `addBucket`. Negative counts subtract. */
  addSummary(count: number, sum: number, min: number, max: number): void {
    this.count += count
    this.sum = this.count === 0 ? 0 : this.sum + sum
    if (min < this.#min) this.#min = min
    if (max > this.#max) this.#max = max
  }

  addBucket(index: number, n: number): void {
    let slot = index - this.#base
    if (slot < 0 || slot >= this.#counts.length) slot = this.#grow(index)
    const total = (this.#counts[slot] as number) + n
    this.#counts[slot] = total
    // a wrapped counter would be a silent lie
    while (this.#counts[slot] !== total && !(this.#counts instanceof Float64Array)) {
      this.#widen()
      this.#counts[slot] = total
    }
  }

  /** After subtractions the extremes are those of the buckets that are left, clipped to what was ever seen. */
  refreshExtremes(): void {
    if (this.count === 0) {
      this.#min = Number.POSITIVE_INFINITY
      this.#max = Number.NEGATIVE_INFINITY
      return
    }
    let first = 0
    while (first < this.#counts.length && this.#counts[first] === 0) first++
    let last = this.#counts.length - 1
    while (last > first && this.#counts[last] === 0) last--
    this.#min = Math.max(this.#min, middle(this.#base + first))
    this.#max = Math.min(this.#max, upperBound(this.#base + last))
  }

  reset(): void {
    if (this.count === 0) return
    this.#counts.fill(0)
    this.count = 0
    this.sum = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#max = Number.NEGATIVE_INFINITY
  }

  /** Calls `visit` with every bucket that is not empty, ascending. */
  forEachBucket(visit: (index: number, n: number) => void): void {
    for (let i = 0; i < this.#counts.length; i++) {
      const n = this.#counts[i] as number
      if (n !== 0) visit(this.#base + i, n)
    }
  }

  /** Nearest rank: the value below or at which a share `q` of the values lies. */
  quantile(q: number): number | null {
    if (this.count === 0) return null
    const rank = Math.max(1, Math.ceil(q * this.count))
    if (rank === 1) return this.#min
    if (rank === this.count) return this.#max
    let seen = 0
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i] as number
      if (seen >= rank) return Math.min(Math.max(middle(this.#base + i), this.#min), this.#max)
    }
    return this.#max
  }

  countsAtOrBelow(bounds: readonly number[]): number[] {
    const result: number[] = []
    const counts = this.#counts
    let seen = 0
    let i = 0
    for (const last of lastWithin(bounds)) {
      const end = Math.min(last - this.#base + 1, counts.length)
      while (i < end) seen += counts[i++] as number
      result.push(seen)
    }
    return result
  }

  #widen(): void {
    const counts = this.#counts
    if (counts instanceof Uint8Array) {
      this.#counts = Uint16Array.from(counts)
      this.#room = UINT16_MAX
    } else if (counts instanceof Uint16Array) {
      this.#counts = Uint32Array.from(counts)
      this.#room = INT32_MAX
    } else {
      this.#counts = Float64Array.from(counts)
      this.#room = Number.MAX_SAFE_INTEGER
    }
  }

  #grow(index: number): number {
    const clamped = Math.min(Math.max(index, MIN_INDEX), MAX_INDEX)
    this.reserve(clamped, clamped)
    return clamped - this.#base
  }
}

/** Whether a duration can be recorded: finite and not negative. */
export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY
}

const knownLasts = new WeakMap<readonly number[], readonly number[]>()

/** The last buckets whose middle is at or below each bound. Kept: the same few lists of bounds are asked of every histogram. */
function lastWithin(bounds: readonly number[]): readonly number[] {
  if (bounds.length === 1) return [lastAtOrBelow(bounds[0] as number)] // a threshold, in a list made for the question
  let lasts = knownLasts.get(bounds)
  if (lasts === undefined) {
    lasts = bounds.map(lastAtOrBelow)
    knownLasts.set(bounds, lasts)
  }
  return lasts
}

function lastAtOrBelow(bound: number): number {
  const index = bucketIndex(bound)
  return middle(index) <= bound ? index : index - 1
}
