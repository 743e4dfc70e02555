// Figures that come and go by name, over time: pools of connections, and what holds the process alive.
import type { PerformanceHistory } from '../../../core/src/types/window.js'
import type { Column } from './series.js'

const POOL_FIGURE = /^pool\.(.+)\.(open|idle|waiting|max)$/
const RESOURCE = 'resource.'

export interface Gauges {
  /** End of each step, epoch ms, ascending. */
  times: readonly number[]
  columns: Readonly<Record<string, Column>>
}

export interface PoolCourse {
  name: string
  inUse: Column
  open: Column
  waiting: Column
  /** As many as it opens at most; `null` where it has no limit. */
  max: number | null
}

export function gaugesOf(history: PerformanceHistory): Gauges {
  const first = history.measuredMs.findIndex((measured) => measured !== null)
  const start = Math.max(0, first) // history answers gaps for the time before the app began
  return {
    times: history.timestamps.slice(start).map((time) => Date.parse(time)),
    columns: Object.fromEntries(
      Object.entries(history.gauges ?? {}).map(([name, column]) => [name, column.slice(start)]),
    ),
  }
}

/** Those that somebody waits for first, then those with a limit: an HTTP agent has a pool for each host, and none waits. */
export function poolsOf({ times, columns }: Gauges): PoolCourse[] {
  const none: Column = times.map(() => null)
  const names = new Set(Object.keys(columns).flatMap((name) => POOL_FIGURE.exec(name)?.[1] ?? []))
  return [...names]
    .map((name) => {
      const of = (figure: string) => columns[`pool.${name}.${figure}`] ?? none
      const [open, idle, waiting] = [of('open'), of('idle'), of('waiting')]
      const inUse = open.map((count, index) => (count === null ? null : count - (idle[index] ?? 0)))
      return { name, inUse, open, waiting, max: of('max').findLast((limit) => limit !== null) ?? null }
    })
    .sort((a, b) => rankOf(b) - rankOf(a) || (a.name < b.name ? -1 : 1))
}

export function resourceCourse(gauges: Gauges | null, type: string): Column {
  return gauges?.columns[`${RESOURCE}${type}`] ?? []
}

function rankOf({ waiting, max }: PoolCourse): number {
  return (waiting.some((count) => (count ?? 0) > 0) ? 2 : 0) + (max === null ? 0 : 1)
}
