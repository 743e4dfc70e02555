// Growth that deserves a date: slope by Theil-Sen (the median of all pairs' slopes: spikes do not move it), significance by
// Mann-Kendall, and it must have lasted: a warm-up rises early and then stays.
import { quantileOf } from '../types/reading.js'

export interface Trend {
  readonly perMs: number
  readonly spanMs: number
}

/** Fewer points cannot tell a trend from a wave. */
export const MIN_POINTS = 12
/** Of a shorter time nothing is predicted. */
export const MIN_SPAN_MS = 60_000

const MAX_POINTS = 60 // 1,770 pairs: 0.2 ms; more points say the same
const SIGNIFICANCE_Z = 3.3 // one in a thousand; neighbours in time resemble each other, so the usual 1.96 is too easily passed
const LASTING_SHARE = 0.4 // the second half must rise at least this much of the first half's rate: otherwise it levels off
const HORIZON_SPANS = 60 // ten minutes predict ten hours, not a month

export interface Points {
  readonly timesMs: readonly number[]
  readonly values: readonly number[]
}

/** `floor`: lowest value of each stretch of time (a heap between collections), otherwise its median. */
export function stretches(
  of: { timestamps: readonly number[]; column: readonly (number | null)[]; from: number },
  by: 'floor' | 'median',
): Points {
  const { timestamps, column, from } = of
  const size = Math.max(1, Math.ceil((timestamps.length - from) / MAX_POINTS))
  const timesMs: number[] = []
  const values: number[] = []
  for (let start = from; start < timestamps.length; start += size) {
    const end = Math.min(timestamps.length, start + size)
    const part: number[] = []
    for (let i = start; i < end; i++) {
      const value = column[i]
      if (value !== null && value !== undefined && Number.isFinite(value)) part.push(value)
    }
    const value = quantileOf(part, by === 'floor' ? 0 : 0.5)
    if (value === null) continue
    timesMs.push(((timestamps[start] as number) + (timestamps[end - 1] as number)) / 2)
    values.push(value)
  }
  return { timesMs, values }
}

/** `null` unless it rises with significance and still does. */
export function risingTrend(points: Points, { minSpanMs = MIN_SPAN_MS } = {}): Trend | null {
  const { timesMs, values } = points
  const count = values.length
  if (count < MIN_POINTS) return null
  const spanMs = (timesMs[count - 1] as number) - (timesMs[0] as number)
  if (spanMs < minSpanMs || mannKendallZ(values) < SIGNIFICANCE_Z) return null
  const perMs = theilSen(points)
  const middle = count >> 1
  const early = theilSen({ timesMs: timesMs.slice(0, middle), values: values.slice(0, middle) })
  const late = theilSen({ timesMs: timesMs.slice(middle), values: values.slice(middle) })
  return perMs > 0 && late > 0 && late >= LASTING_SHARE * early ? { perMs, spanMs } : null
}

/** Until `room` is used up at this rate; `null` where that is further off than the observation supports. */
export function msUntil(room: number, trend: Trend | null): number | null {
  if (trend === null || room <= 0) return null
  const ms = room / trend.perMs
  return ms <= HORIZON_SPANS * trend.spanMs ? ms : null
}

export function theilSen({ timesMs, values }: Points): number {
  const slopes: number[] = []
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      const elapsedMs = (timesMs[j] as number) - (timesMs[i] as number)
      if (elapsedMs > 0) slopes.push(((values[j] as number) - (values[i] as number)) / elapsedMs)
    }
  }
  return quantileOf(slopes, 0.5) ?? 0
}

function mannKendallZ(values: readonly number[]): number {
  const count = values.length
  let rises = 0
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) rises += Math.sign((values[j] as number) - (values[i] as number))
  }
  const deviation = Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18)
  return rises > 0 ? (rises - 1) / deviation : 0
}
