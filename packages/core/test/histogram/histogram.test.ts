import { describe, expect, it } from 'vitest'
import { bucketIndex, MAX_INDEX, MIN_INDEX, middle, SCALE, upperBound } from '../../src/histogram/buckets.js'
import { Histogram, isDuration } from '../../src/histogram/histogram.js'

/** Deterministic uniform numbers in (0, 1): mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296
  }
}

function exactQuantile(sorted: number[], q: number): number {
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number
}

function bucketsOf(histogram: Histogram): [index: number, n: number][] {
  const buckets: [number, number][] = []
  histogram.forEachBucket((index, n) => buckets.push([index, n]))
  return buckets
}

const random = randomNumbers(7)
const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())

const DISTRIBUTIONS: Record<string, () => number> = {
  uniform: () => random() * 1000,
  lognormal: () => Math.exp(2 + 0.8 * normal()),
  pareto: () => random() ** (-1 / 1.5),
  bimodal: () => (random() < 0.9 ? 2 + random() : 800 + 50 * random()),
  constant: () => 12.5,
  microseconds: () => 0.001 + random() * 0.01,
  days: () => 86_400_000 * (1 + random()),
}

describe('bucketIndex', () => {
  it('is the index of (2^(i/64), 2^((i+1)/64)], upper bound inclusive', () => {
    for (let n = 0; n < 20_000; n++) {
      const value = 2 ** (random() * 46 - 14)
      const index = bucketIndex(value)
      expect(value).toBeLessThanOrEqual(upperBound(index) * (1 + 2e-6))
      expect(value).toBeGreaterThan(upperBound(index - 1) * (1 - 2e-6))
    }
  })

  it('puts exact powers of two at the upper end of their bucket', () => {
    for (let exponent = -13; exponent < 33; exponent++) {
      expect(bucketIndex(2 ** exponent)).toBe(exponent * 2 ** SCALE - 1)
    }
  })

  it('never decreases', () => {
    let last = MIN_INDEX
    for (let value = 1e-6; value < 1e11; value *= 1.0007) {
      const index = bucketIndex(value)
      expect(index).toBeGreaterThanOrEqual(last)
      last = index
    }
  })

  it('clamps what is out of range', () => {
    expect(bucketIndex(0)).toBe(MIN_INDEX)
    expect(bucketIndex(Number.MIN_VALUE)).toBe(MIN_INDEX)
    expect(bucketIndex(Number.MAX_VALUE)).toBe(MAX_INDEX)
  })
})

describe('Histogram', () => {
  for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
    it(`keeps quantiles of ${name} data within 1 %, count, sum, min and max exact`, () => {
      const values = Array.from({ length: 20_000 }, draw)
      const histogram = new Histogram()
      for (const value of values) histogram.record(value)
      const sorted = values.toSorted((a, b) => a - b)
      expect(histogram.count).toBe(values.length)
      expect(histogram.sum).toBe(values.reduce((sum, value) => sum + value, 0))
      expect(histogram.min).toBe(sorted[0])
      expect(histogram.max).toBe(sorted.at(-1))
      for (const q of [0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1]) {
        const exact = exactQuantile(sorted, q)
        expect(Math.abs((histogram.quantile(q) as number) - exact) / exact).toBeLessThanOrEqual(0.01)
      }
    })
  }

  it('says null while empty', () => {
    const histogram = new Histogram()
    expect([histogram.min, histogram.max, histogram.quantile(0.5)]).toEqual([null, null, null])
    expect(histogram.countsAtOrBelow([1, 2])).toEqual([0, 0])
  })

  it('merges by addition: parts together equal the whole', () => {
    const whole = new Histogram()
    const merged = new Histogram()
    for (let part = 0; part < 10; part++) {
      const histogram = new Histogram()
      for (let n = 0; n < 500; n++) {
        const value = Math.exp(3 + part / 3 + normal())
        whole.record(value)
        histogram.record(value)
      }
      merged.add(histogram)
    }
    expect(merged.count).toBe(whole.count)
    expect([merged.min, merged.max]).toEqual([whole.min, whole.max])
    for (const q of [0.01, 0.5, 0.99]) expect(merged.quantile(q)).toBe(whole.quantile(q))
    const bounds = [5, 10, 50, 100, 1000]
    expect(merged.countsAtOrBelow(bounds)).toEqual(whole.countsAtOrBelow(bounds))
  })

  it('subtracts exactly, and refreshes its extremes to within a bucket', () => {
    const kept = new Histogram()
    const window = new Histogram()
    const expired = new Histogram()
    for (let n = 0; n < 300; n++) kept.record(10 + random())
    for (let n = 0; n < 300; n++) expired.record(random() < 0.5 ? 0.5 : 5000)
    window.add(kept)
    window.add(expired)
    window.addSummary(-expired.count, -expired.sum, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
    expired.forEachBucket((index, n) => window.addBucket(index, -n))
    window.refreshExtremes()
    expect(window.count).toBe(300)
    expect(window.quantile(0.5)).toBe(kept.quantile(0.5))
    expect(Math.abs((window.min as number) / (kept.min as number) - 1)).toBeLessThan(0.011)
    expect(Math.abs((window.max as number) / (kept.max as number) - 1)).toBeLessThan(0.011)
  })

  it('empties to nothing, without a remainder of rounding', () => {
    const part = new Histogram()
    for (const value of [0.1, 0.2, 0.3]) part.record(value)
    const window = new Histogram()
    window.add(part)
    window.addSummary(-part.count, -0.6, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
    part.forEachBucket((index, n) => window.addBucket(index, -n))
    window.refreshExtremes()
    expect([window.count, window.sum, window.min, window.max]).toEqual([0, 0, null, null])
  })

  it('counts on beyond 2^32 in one bucket', () => {
    const histogram = new Histogram()
    const index = bucketIndex(10)
    histogram.addSummary(2 ** 32 - 1, 10 * (2 ** 32 - 1), 10, 10)
    histogram.addBucket(index, 2 ** 32 - 1)
    histogram.addBucket(index, 5)
    histogram.addSummary(5, 50, 10, 10)
    histogram.forEachBucket((_, n) => expect(n).toBe(2 ** 32 + 4))
    expect(histogram.count).toBe(2 ** 32 + 4)
  })

  it.each([255, 256, 257, 65_535, 65_536, 65_537, 200_000])(
    'keeps every one of %i values, however narrow it began',
    (n) => {
      const recorded = new Histogram()
      for (let i = 0; i < n; i++) recorded.record(10)
      recorded.record(500) // grows when it is wide
      const added = new Histogram()
      added.add(recorded)
      added.add(recorded)
      for (const [histogram, times] of [
        [recorded, 1],
        [added, 2],
      ] as const) {
        expect(histogram.countsAtOrBelow([11, 1000])).toEqual([times * n, times * (n + 1)])
        let sum = 0
        histogram.forEachBucket((_, count) => {
          sum += count
        })
        expect(sum).toBe(times * (n + 1))
      }
    },
  )

  it('records into what was added: many buckets of few, and one of many', () => {
    const histogram = new Histogram()
    for (let i = 1; i <= 1000; i++) histogram.addBucket(bucketIndex(i), 200)
    histogram.addSummary(200_000, 1, 1, 1000)
    for (let i = 0; i < 100; i++) histogram.record(700)
    const before = histogram.countsAtOrBelow([1000])[0] as number
    for (let i = 0; i < 70_000; i++) histogram.record(700)
    expect(histogram.countsAtOrBelow([1000])[0]).toBe(before + 70_000)
    expect(before).toBe(200_100)
  })

  it('adds the same whichever ranges the two have', () => {
    const ranges = [
      [10, 10.1],
      [0.001, 100_000],
      [5, 20],
      [50_000, 60_000],
      [0, 1],
    ] as const
    for (const [low, high] of ranges) {
      for (const [otherLow, otherHigh] of ranges) {
        const whole = new Histogram()
        const one = new Histogram()
        const other = new Histogram()
        for (let n = 0; n <= 50; n++) {
          const value = low + ((high - low) * n) / 50
          const otherValue = otherLow + ((otherHigh - otherLow) * n) / 50
          one.record(value)
          other.record(otherValue)
          whole.record(value)
          whole.record(otherValue)
        }
        one.add(other)
        expect(bucketsOf(one)).toEqual(bucketsOf(whole))
        expect([one.count, one.min, one.max]).toEqual([whole.count, whole.min, whole.max])
      }
    }
  })

  it('takes what was reserved, and what lies outside all the same', () => {
    const reserved = new Histogram()
    const plain = new Histogram()
    reserved.reserve(bucketIndex(5), bucketIndex(500))
    const { byteLength } = reserved
    for (const value of [5, 50, 500]) {
      reserved.record(value)
      plain.record(value)
    }
    expect(reserved.byteLength).toBe(byteLength)
    reserved.reserve(bucketIndex(50), bucketIndex(60)) // is there already
    reserved.reserve(MIN_INDEX - 5000, MIN_INDEX)
    reserved.reserve(MAX_INDEX, MAX_INDEX + 5000)
    for (const value of [0, 2 ** 40]) {
      reserved.record(value)
      plain.record(value)
    }
    expect(bucketsOf(reserved)).toEqual(bucketsOf(plain))
  })

  it('counts below a bound the buckets whose middle is there', () => {
    const histogram = new Histogram()
    for (let n = 0; n < 5000; n++) histogram.record(Math.exp(2 * normal()))
    const bounds = [-1, 0, 0.01, 0.5, 1, 2, Math.PI, 64, 1000, 2 ** 40]
    const expected = bounds.map((bound) =>
      bucketsOf(histogram).reduce((sum, [index, n]) => sum + (middle(index) <= bound ? n : 0), 0),
    )
    expect(histogram.countsAtOrBelow(bounds)).toEqual(expected)
  })

  it('resets', () => {
    const histogram = new Histogram()
    histogram.record(5)
    histogram.reset()
    expect([histogram.count, histogram.sum, histogram.min, histogram.quantile(0.5)]).toEqual([0, 0, null, null])
    histogram.record(7)
    expect(histogram.quantile(1)).toBe(7)
  })

  it('counts a zero and has it as its minimum', () => {
    const histogram = new Histogram()
    for (const value of [0, 0, 0, 8]) histogram.record(value)
    expect([histogram.min, histogram.quantile(0.5), histogram.quantile(1)]).toEqual([0, 0, 8])
  })
})

describe('isDuration', () => {
  it('takes finite numbers that are not negative', () => {
    expect([0, 1.5, 1e12].every(isDuration)).toBe(true)
    expect([Number.NaN, -1, Number.POSITIVE_INFINITY, '1', null, undefined].some(isDuration)).toBe(false)
  })
})
