/** A queue of samples in order of time: push at the end, shift at the front, binary search by time. */
import { type Sample, sizeOf } from './sample.js'

const COMPACT_AT = 1024 // shifted entries kept before the array is cut: a cut moves every entry

export class SampleRing {
  #items: Sample[] = []
  #head = 0
  #bytes = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  get byteLength(): number {
    return this.#bytes
  }

  get first(): Sample | undefined {
    return this.#items[this.#head]
  }

  get last(): Sample | undefined {
    return this.length === 0 ? undefined : this.#items[this.#items.length - 1]
  }

  push(sample: Sample): void {
    this.#items.push(sample)
    this.#bytes += sizeOf(sample)
  }

  shift(): Sample | undefined {
    const sample = this.first
    if (sample === undefined) return undefined
    this.#items[this.#head++] = undefined as never // freed at once, not at the next cut
    this.#bytes -= sizeOf(sample)
    if (this.#head >= COMPACT_AT) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return sample
  }

  /** Samples whose end lies in (`after`, `upTo`]. */
  between(after: number, upTo: number): Sample[] {
    return this.#items.slice(this.#indexAfter(after), this.#indexAfter(upTo))
  }

  /** Index of the first sample that ends after `time`. */
  #indexAfter(time: number): number {
    let low = this.#head
    let high = this.#items.length
    while (low < high) {
      const mid = (low + high) >>> 1
      if ((this.#items[mid] as Sample).timestamp > time) high = mid
      else low = mid + 1
    }
    return low
  }
}
