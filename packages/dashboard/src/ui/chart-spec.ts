// What a chart shows, in the page's own words.
import type { Unit } from '../format.js'
import type { Column } from '../state/series.js'
import type { Limit, Mark } from './marks.js'

export type Ink = 'accent' | 'accent-soft' | 'strong' | 'soft' | 'critical' | 'warning'

export interface ChartLine {
  label: string
  values: Column
  ink: Ink
  /** What stands in the heading, where the drawn values are stacked. */
  shown?: Column
  fill?: boolean
  dashed?: boolean
  thin?: boolean
}

export interface ChartSpec {
  title: string
  unit: Unit
  scale: 'log' | 'zero' | 'percent'
  times: readonly number[]
  fromMs: number
  toMs: number
  lines: ChartLine[]
  /** Fill between the first and the last line. */
  band?: boolean
  marks?: Mark[]
  limit?: Limit | undefined
  onZoom?: ((fromMs: number, toMs: number) => void) | undefined
}
