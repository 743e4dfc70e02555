// One chart over time: drawn by uPlot, named and valued in its own heading, its crosshair shared with all others of the page.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { exactFigure, formatFigure } from '../format.js'
import type { Column } from '../state/series.js'
import { isPrinting, onAppearance } from '../theme.js'
import { formatClock, formatMoment } from '../time.js'
import { chartOptions } from './chart-options.js'
import type { ChartSpec } from './chart-spec.js'

const PRINT_WIDTH_PX = { three: 222, two: 340 } // beside each other on A4
const MARK_REACH_PX = 7

export function Chart(spec: ChartSpec) {
  const host = useRef<HTMLDivElement>(null)
  const values = useRef<HTMLSpanElement>(null)
  const clock = useRef<HTMLSpanElement>(null)
  const latest = useRef(spec)
  const plot = useRef<uPlot | null>(null)
  latest.current = spec
  const shape = JSON.stringify([
    spec.title,
    spec.unit,
    spec.scale,
    spec.band,
    spec.lines.map(({ label, ink }) => [label, ink]),
  ])

  useLayoutEffect(() => {
    const element = host.current
    if (element === null) return
    const read = (u: uPlot) => showValues(u, latest.current, values.current, clock.current)
    const create = () => {
      plot.current?.destroy()
      plot.current = new uPlot(
        chartOptions({ spec: () => latest.current, widthPx: widthOf(element), onCursor: read }),
        dataOf(latest.current),
        element,
      )
      read(plot.current)
    }
    create()
    const resize = () => plot.current?.setSize({ width: widthOf(element), height: plot.current.height })
    const observer = new ResizeObserver(resize)
    observer.observe(element)
    const forget = onAppearance(() => {
      resize()
      plot.current?.redraw(false, true)
    })
    return () => {
      observer.disconnect()
      forget()
      plot.current?.destroy()
      plot.current = null
    }
  }, [shape])

  useEffect(() => {
    const u = plot.current
    if (u === null) return
    u.setData(dataOf(spec))
    showValues(u, spec, values.current, clock.current)
  }, [spec.times, spec.fromMs, spec.toMs, spec.marks, spec.limit?.value, ...spec.lines.map((line) => line.values)])

  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{spec.title}</span>
        <span class="chart-clock" ref={clock} />
        <span class="chart-keys" ref={values}>
          {spec.lines.map(({ label, ink, dashed }) => (
            <span class="key" key={label}>
              <i class={`swatch ink-${ink}${dashed ? ' dashed' : ''}`} />
              {label} <b>–</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div class="chart-plot" ref={host} role="img" aria-label={describe(spec)} />
    </figure>
  )
}

function dataOf(spec: ChartSpec): uPlot.AlignedData {
  const positive = spec.scale === 'log'
  // a logarithm has no place for zero
  const column = (values: Column) =>
    positive ? values.map((value) => (value !== null && value > 0 ? value : null)) : values
  return [spec.times, ...spec.lines.map(({ values }) => column(values))] as unknown as uPlot.AlignedData
}

function widthOf(element: HTMLElement): number {
  if (isPrinting()) return element.closest('.charts-two') === null ? PRINT_WIDTH_PX.three : PRINT_WIDTH_PX.two
  return Math.max(120, Math.floor(element.clientWidth))
}

/** Written straight into the heading: a crosshair moves sixty times a second. */
function showValues(u: uPlot, spec: ChartSpec, keys: HTMLElement | null, clock: HTMLElement | null): void {
  if (keys === null || clock === null) return
  const atCursor = u.cursor.idx
  const index = atCursor ?? spec.times.length - 1
  const time = spec.times[index]
  const figures = keys.querySelectorAll('b')
  spec.lines.forEach(({ values, shown }, line) => {
    const figure = figures[line]
    if (figure === undefined) return
    const value = (shown ?? values)[index]
    figure.textContent = formatFigure(value, spec.unit)
    figure.title = exactFigure(value, spec.unit)
  })
  const left = u.cursor.left ?? -1
  const mark =
    left < 0 ? undefined : spec.marks?.find(({ fromMs }) => Math.abs(u.valToPos(fromMs, 'x') - left) < MARK_REACH_PX)
  const moment = atCursor === null || atCursor === undefined || time === undefined ? '' : formatMoment(time, spec.toMs)
  clock.textContent = mark === undefined ? moment : `${moment} · ${mark.title}`
}

function describe(spec: ChartSpec): string {
  const { title, unit, lines, times, fromMs, toMs } = spec
  if (times.length === 0) return `${title}: no data yet`
  const figures = lines.map(({ label, values, shown }) => `${label} ${formatFigure((shown ?? values).at(-1), unit)}`)
  return `${title} from ${formatClock(fromMs)} to ${formatClock(toMs)}; at the end ${figures.join(', ')}`
}
