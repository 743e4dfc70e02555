// What uPlot is told: scales, axes, strokes read from the stylesheet, marks and limits.
import type uPlot from 'uplot'
import { formatFigure } from '../format.js'
import { cssColor } from '../theme.js'
import type { ChartLine, ChartSpec } from './chart-spec.js'
import { byteBounds, linearTicks, logBounds, logTicks, zeroBounds } from './scales.js'

const HEIGHT_PX = 176
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'
const Y_AXIS_PX = 58 // the widest label: "1,000 KiB/s" shortened, "500 ms", "10 MiB"
const SYNC_KEY = 'perf-monitor'
const MIN_ZOOM_PX = 6
const HALF_LABEL_PX = 12

export interface ChartSetup {
  spec: () => ChartSpec
  widthPx: number
  onCursor: (u: uPlot) => void
}

export function chartOptions({ spec, widthPx, onCursor }: ChartSetup): uPlot.Options {
  const first = spec()
  const isBytes = first.unit === 'bytes' || first.unit === 'bytesRate'
  return {
    width: widthPx,
    height: HEIGHT_PX,
    ms: 1,
    padding: [14, 6, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      sync: { key: SYNC_KEY, scales: ['x', null] },
      drag: { x: first.onZoom !== undefined, y: false, setScale: false },
      points: { size: 5 },
    },
    scales: {
      x: { time: true, range: () => [spec().fromMs, spec().toMs] },
      y: {
        distr: first.scale === 'log' ? 3 : 1,
        range: (_u, min, max) => {
          if (first.scale === 'log') return logBounds(min, max)
          if (first.scale === 'percent') return [0, Math.max(100, Math.ceil((max ?? 0) / 50) * 50)]
          return isBytes ? byteBounds(max) : zeroBounds(max, 1)
        },
      },
    },
    axes: [
      { ...axisLook(), space: 64, size: 19, gap: 5, values: timeLabels },
      {
        ...axisLook(),
        size: Y_AXIS_PX,
        splits: (_u, _axis, min, max) => (first.scale === 'log' ? logTicks(min, max) : linearTicks(max, isBytes)),
        filter: (_u, splits) => splits,
        values: (_u, splits) => splits.map((value) => formatFigure(value, first.unit)),
      },
    ],
    series: [{}, ...first.lines.map(seriesOf)],
    bands: first.band ? [{ series: [first.lines.length, 1], fill: () => cssColor('band') }] : [],
    hooks: {
      drawClear: [(u) => drawLimit(u, spec())],
      draw: [(u) => drawMarks(u, spec()), (u) => drawEmpty(u, spec())],
      setCursor: [onCursor],
      setSelect: [(u) => zoom(u, spec())],
    },
  }
}

function seriesOf({ label, ink, fill, dashed, thin }: ChartLine): uPlot.Series {
  return {
    label,
    stroke: () => cssColor(`ink-${ink}`),
    width: thin ? 1 : 1.5,
    ...(fill ? { fill: () => cssColor(`fill-${ink}`) } : {}),
    ...(dashed ? { dash: [4, 3] } : {}),
    points: { show: false, size: 4, fill: () => cssColor(`ink-${ink}`), filter: lonePoints },
  }
}

/** A value between two gaps has no line: it gets a dot, or it would not be seen at all. */
function lonePoints(u: uPlot, seriesIndex: number, show: boolean): number[] | null {
  if (show) return null
  const values = u.data[seriesIndex] as (number | null)[]
  const alone: number[] = []
  for (let index = 0; index < values.length; index++) {
    if (values[index] !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null) {
      alone.push(index)
    }
  }
  return alone.length > 0 ? alone : null
}

function axisLook(): uPlot.Axis {
  return {
    stroke: () => cssColor('muted'),
    font: FONT,
    grid: { stroke: () => cssColor('grid'), width: 1 },
    ticks: { show: false },
    gap: 6,
  }
}

const hourAndMinute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const withSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const dayOnly = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

function timeLabels(u: uPlot, splits: number[]): string[] {
  const spacingMs = (splits[1] ?? 0) - (splits[0] ?? 0)
  const finest = spacingMs < 60_000 && splits.length > 1 ? withSeconds : hourAndMinute
  const format = spacingMs >= 86_400_000 ? dayOnly : finest
  const widthPx = u.bbox.width / devicePixelRatio
  // a label that the edge would cut in two says nothing
  return splits.map((time) => (u.valToPos(time, 'x') > widthPx - HALF_LABEL_PX ? '' : format.format(time)))
}

function drawLimit(u: uPlot, { limit }: ChartSpec): void {
  if (limit === undefined) return
  const y = Math.round(u.valToPos(limit.value, 'y', true))
  const { left, top, width, height } = u.bbox
  if (!Number.isFinite(y) || y < top || y > top + height) return
  const { ctx } = u
  ctx.save()
  ctx.strokeStyle = cssColor('ink-critical')
  ctx.fillStyle = cssColor('muted')
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(left, y)
  ctx.lineTo(left + width, y)
  ctx.stroke()
  ctx.font = FONT.replace('11px', `${10 * devicePixelRatio}px`)
  ctx.textAlign = 'right'
  ctx.textBaseline = 'bottom'
  ctx.fillText(limit.label, left + width - 2 * devicePixelRatio, y - devicePixelRatio)
  ctx.restore()
}

/** Above the plot, where no line is hidden: a bar for as long as it lasted, a triangle where it began. */
function drawMarks(u: uPlot, { marks }: ChartSpec): void {
  const { left, top, width, height } = u.bbox
  const { ctx } = u
  const px = devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(left - 5 * px, 0, width + 5 * px, top + height)
  ctx.clip()
  for (const { fromMs, toMs, tone } of marks ?? []) {
    const from = u.valToPos(fromMs, 'x', true)
    const to = toMs === null ? left + width : u.valToPos(toMs, 'x', true)
    if (to < left || from > left + width) continue
    ctx.fillStyle = cssColor(`tone-${tone}`)
    const begin = Math.max(left, from)
    if (to - begin > px) ctx.fillRect(begin, top - 11 * px, to - begin, 2.5 * px)
    if (from < left) continue
    ctx.beginPath()
    ctx.moveTo(from - 4 * px, top - 11 * px)
    ctx.lineTo(from + 4 * px, top - 11 * px)
    ctx.lineTo(from, top - 3 * px)
    ctx.fill()
  }
  ctx.restore()
}

function drawEmpty(u: uPlot, { lines }: ChartSpec): void {
  if (lines.some(({ values }) => values.some((value) => value !== null))) return
  const { left, top, width, height } = u.bbox
  const { ctx } = u
  ctx.save()
  ctx.fillStyle = cssColor('muted')
  ctx.font = FONT.replace('11px', `${12 * devicePixelRatio}px`)
  ctx.textAlign = 'center'
  ctx.fillText('nothing measured in this time', left + width / 2, top + height / 2)
  ctx.restore()
}

function zoom(u: uPlot, { onZoom }: ChartSpec): void {
  const { left, width } = u.select
  if (width >= MIN_ZOOM_PX) onZoom?.(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'))
  if (width > 0) u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}
