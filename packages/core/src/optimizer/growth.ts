// Growth of what should come back: of memory by what major collections leave, of handles by their lowest count. A cache that fills
// and a warm-up grow as well, but ever slower; a leak keeps its pace.
import { mean, measured, quantileOf, settledFrom } from '../types/reading.js'
import type { MetricsWindow } from '../types/window.js'
import { type Points, risingTrend, stretches, theilSen } from './trend.js'

export interface Growth {
  readonly perMs: number
  readonly spanMs: number
  /** Level at the beginning and at the end of what was observed. */
  readonly fromLevel: number
  readonly toLevel: number
}

/** Shorter ones may be a cache that fills, whatever it looks like. */
export const MIN_GROWTH_SPAN_MS = 30_000

const MAX_FLOORS = 60 // pairs of all of an hour's would take long
const MIN_FLOORS = 4 // all of them in order by chance: one in 24
const FEW_FLOORS = 3 // with none of them out of order, and the level between them rising all the time
const CONCORDANT_SHARE = 0.85 // of the pairs must rise: one step back in seven is a request that was just being served
const STEADY_SHARE = 0.6 // late pace over early: a cache of random keys has fallen to this when it is two thirds full
const MIN_STRETCHES = 12
const MIN_BACKLOG = 10 // requests: fewer hold nothing that shows
const EDGE_SHARE = 0.15 // of the points at each end: their median is the level there

/**
 * What collections leave of a heap, or of the memory that it holds outside. `floors`: a value where a major collection ended; `levels`:
 * of every sample, which also has what is not collected yet: they prove nothing, as a full cache that replaces its entries rises as well.
 */
export function memoryGrowth(
  window: MetricsWindow,
  of: { floors: readonly (number | null)[]; levels: readonly (number | null)[] },
): Growth | null {
  const settled = pointsOf(window.timestamps, of.floors, settledFrom(window))
  if (settled.values.length >= MIN_FLOORS) return isRecent(window, settled) ? steadyGrowth(settled) : null
  // a young process has few of them: those of start-up count as well, if it still rises after them
  const all = pointsOf(window.timestamps, of.floors, 0)
  if (all.values.length < FEW_FLOORS || !isRecent(window, all) || levelGrowth(window, of.levels) === null) return null
  return concordance(all.values) === 1 ? steadyGrowth(all) : null
}

/** What came after the last collection is not known: it must be less time than what is. */
function isRecent(window: MetricsWindow, { timesMs }: Points): boolean {
  const [first, last] = [timesMs[0] as number, timesMs.at(-1) as number]
  return window.to - last <= last - first
}

/** Of a count that goes up and down with the load: its lowest in each stretch of time. */
export function levelGrowth(window: MetricsWindow, column: readonly (number | null)[]): Growth | null {
  const from = settledFrom(window)
  const points = stretches({ timestamps: window.timestamps, column, from }, 'floor')
  if (points.values.length < MIN_STRETCHES || risingTrend(points, { minSpanMs: MIN_GROWTH_SPAN_MS }) === null)
    return null
  return steadyGrowth(points)
}

/** Whether it looks as if it grew, before it is certain: time to look where. */
export function seemsToGrow(window: MetricsWindow, column: readonly (number | null)[], atLeast: number): boolean {
  const values = measured(column, settledFrom(window))
  if (values.length < MIN_STRETCHES) return false
  const third = Math.ceil(values.length / 3)
  const lowest = (part: number[]) => quantileOf(part, 0.1) as number
  const [first, second, last] = [values.slice(0, third), values.slice(third, -third), values.slice(-third)].map(
    lowest,
  ) as [number, number, number]
  return last - first >= atLeast && second > first && last > second
}

/** More and more requests wait: what grows with them comes back when they are served. */
export function isBackedUp(window: MetricsWindow): boolean {
  const active = measured(window.runtime('activeRequests'), settledFrom(window))
  const quarter = Math.ceil(active.length / 4)
  const before = mean(active.slice(0, quarter)) ?? 0
  const after = mean(active.slice(-quarter)) ?? 0
  return after - before >= MIN_BACKLOG && after >= 2 * before
}

function steadyGrowth(points: Points): Growth | null {
  const { timesMs, values } = points
  const count = values.length
  const spanMs = (timesMs[count - 1] as number) - (timesMs[0] as number)
  if (spanMs < MIN_GROWTH_SPAN_MS || concordance(values) < CONCORDANT_SHARE) return null
  const perMs = theilSen(points)
  const middle = count >> 1
  const early = theilSen({ timesMs: timesMs.slice(0, middle + 1), values: values.slice(0, middle + 1) })
  const late = theilSen({ timesMs: timesMs.slice(middle), values: values.slice(middle) })
  if (!(perMs > 0) || late < STEADY_SHARE * early) return null
  const edge = Math.max(1, Math.round(EDGE_SHARE * count))
  return {
    perMs,
    spanMs,
    fromLevel: quantileOf(values.slice(0, edge), 0.5) as number,
    toLevel: quantileOf(values.slice(-edge), 0.5) as number,
  }
}

function pointsOf(timestamps: readonly number[], column: readonly (number | null)[], from: number): Points {
  const timesMs: number[] = []
  const values: number[] = []
  for (let i = from; i < column.length; i++) {
    const value = column[i]
    if (value === null || value === undefined || !Number.isFinite(value)) continue
    timesMs.push(timestamps[i] as number)
    values.push(value)
  }
  if (values.length <= MAX_FLOORS) return { timesMs, values }
  const every = values.length / MAX_FLOORS
  const chosen = Array.from({ length: MAX_FLOORS }, (_, i) => Math.floor(i * every))
  return { timesMs: chosen.map((i) => timesMs[i] as number), values: chosen.map((i) => values[i] as number) }
}

/** Share of the pairs in which the later one is higher. */
function concordance(values: readonly number[]): number {
  let rising = 0
  let pairs = 0
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      pairs++
      if ((values[j] as number) > (values[i] as number)) rising++
    }
  }
  return pairs === 0 ? 0 : rising / pairs
}
