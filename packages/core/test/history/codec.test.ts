import { describe, expect, it } from 'vitest'
import { IntervalSums } from '../../src/history/accumulator.js'
import { ByteReader, ByteWriter } from '../../src/history/bytes.js'
import { encodeOperation } from '../../src/history/codec.js'
import { runAtOnce } from '../../src/history/slices.js'
import { directory, intervalOf, randomNumbers } from './helpers.js'

describe('bytes', () => {
  it('reads back what was written, up to 2^53', () => {
    const writer = new ByteWriter()
    const uints = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER]
    const ints = [0, -1, 1, -64, 64, -896, 2111, -(2 ** 40)]
    for (const value of uints) writer.uint(value)
    for (const value of ints) writer.int(value)
    writer.float(Math.PI)
    const reader = new ByteReader(writer.take())
    expect(uints.map(() => reader.uint())).toEqual(uints)
    expect(ints.map(() => reader.int())).toEqual(ints)
    expect(reader.float()).toBe(Math.PI)
    expect(reader.done).toBe(true)
  })

  it('grows, and is empty after take', () => {
    const writer = new ByteWriter()
    for (let n = 0; n < 10_000; n++) writer.float(n)
    expect(writer.take()).toHaveLength(80_000)
    expect(writer.length).toBe(0)
  })
})

describe('codec', () => {
  it('loses nothing: counts, sums, extremes, quantiles, children, HTTP details', () => {
    const random = randomNumbers(1)
    const durations = {
      success: Array.from({ length: 500 }, () => random() * 300),
      failure: [0, 5, 5000],
      aborted: [30_000],
    }
    const interval = intervalOf(4, durations, [{ childId: 3, calls: 51, totalMs: 12.5 }])
    const writer = new ByteWriter()
    encodeOperation(writer, interval)
    const bytes = writer.take()
    const sums = new IntervalSums(directory)
    runAtOnce(sums.apply(bytes))
    const view = sums.operation(4)
    expect([view.count, view.successfulCount, view.failedCount, view.abortedCount]).toEqual([504, 500, 3, 1])
    for (const [i, { durations: original }] of [...interval.series].entries()) {
      const decoded = view.series[i]?.durations
      expect([decoded?.count, decoded?.sum, decoded?.min, decoded?.max]).toEqual([
        original.count,
        original.sum,
        original.min,
        original.max,
      ])
      for (const q of [0.1, 0.5, 0.99]) expect(decoded?.quantile(q)).toBe(original.quantile(q))
    }
    expect(view.children).toEqual([{ component: 'db', operation: 'operation 3', calls: 51, totalMs: 12.5 }])
    expect(view.http?.responseSizes?.quantile(0.5)).toBe(100)
    expect(view.http).toMatchObject({
      responseBytes: 100,
      sizedResponses: 1,
      streams: { count: 1, totalLifetimeMs: 5000 },
    })
    expect(view.selfMs).toBeCloseTo(view.totalMs - 12.5, 6)
  })

  it('takes some two bytes a bucket', () => {
    const writer = new ByteWriter()
    encodeOperation(writer, intervalOf(1, { success: Array.from({ length: 40 }, (_, n) => 5 * 1.05 ** n) }))
    expect(writer.take().length).toBeLessThan(160)
  })

  it('subtracts exactly what it added', () => {
    const random = randomNumbers(2)
    const parts = Array.from({ length: 20 }, () => {
      const writer = new ByteWriter()
      const values = Array.from({ length: 30 }, () => random() * 100)
      encodeOperation(writer, intervalOf(2, { success: values, failure: [1] }, [{ childId: 1, calls: 2, totalMs: 3 }]))
      return writer.take()
    })
    const sums = new IntervalSums(directory)
    for (const part of parts) runAtOnce(sums.apply(part))
    for (const part of parts.slice(0, 19)) runAtOnce(sums.apply(part, -1))
    const alone = new IntervalSums(directory)
    runAtOnce(alone.apply(parts[19] as Uint8Array))
    expect(sums.operation(2).count).toBe(31)
    expect(sums.operation(2).durations.quantile(0.9)).toBe(alone.operation(2).durations.quantile(0.9))
    expect(sums.operation(2).children).toEqual([expect.objectContaining({ calls: 2 })])
    runAtOnce(sums.apply(parts[19] as Uint8Array, -1))
    expect(sums.byId.size).toBe(0)
  })
})
