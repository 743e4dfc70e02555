import type { Column } from '../state/series.js'

const WIDTH = 120
const HEIGHT = 26
const MAX_POINTS = 60 // two pixels each: more would only be noise

/** The course beside a figure: no axes, the figure says how much. */
export function Sparkline({ values, max }: { values: Column; max?: number }) {
  const points = thin(values)
  const known = points.filter((value): value is number => value !== null)
  if (known.length < 2) return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />
  const top = max ?? Math.max(...known) * 1.1
  const path = pathOf(points, top > 0 ? top : 1)
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} vector-effect="non-scaling-stroke" />
    </svg>
  )
}

/** Means of equal stretches; a stretch without any value stays a gap. */
export function thin(values: Column): (number | null)[] {
  if (values.length <= MAX_POINTS) return [...values]
  const size = values.length / MAX_POINTS
  return Array.from({ length: MAX_POINTS }, (_, index) => {
    const part = values
      .slice(Math.floor(index * size), Math.floor((index + 1) * size))
      .filter((value) => value !== null)
    return part.length === 0 ? null : part.reduce((sum, value) => sum + value, 0) / part.length
  })
}

function pathOf(points: (number | null)[], top: number): string {
  const step = WIDTH / Math.max(1, points.length - 1)
  let path = ''
  let pen = 'M'
  points.forEach((value, index) => {
    if (value === null) {
      pen = 'M'
      return
    }
    const y = HEIGHT - 1.5 - (Math.min(value, top) / top) * (HEIGHT - 3)
    path += `${pen}${(index * step).toFixed(1)} ${y.toFixed(1)}`
    pen = 'L'
  })
  return path
}
