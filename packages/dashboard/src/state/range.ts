// The stretch of time that a view shows: the last so many minutes, or a fixed one.

export type Range = { kind: 'last'; lastMs: number } | { kind: 'fixed'; fromMs: number; toMs: number }

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const MAX_LAST_MS = 31 * UNIT_MS.d
const MIN_FIXED_MS = 2000 // a drag of a few pixels: two samples at least
const MAX_STEPS = 600 // what history answers by itself; a chart has fewer pixels than twice that

export const DEFAULT_RANGE: Range = { kind: 'last', lastMs: 10 * UNIT_MS.m }

export const RANGE_CHOICES: readonly { label: string; lastMs: number }[] = [
  { label: 'last 5 min', lastMs: 5 * UNIT_MS.m },
  { label: 'last 10 min', lastMs: 10 * UNIT_MS.m },
  { label: 'last 30 min', lastMs: 30 * UNIT_MS.m },
  { label: 'last hour', lastMs: UNIT_MS.h },
  { label: 'last 6 hours', lastMs: 6 * UNIT_MS.h },
  { label: 'last 24 hours', lastMs: UNIT_MS.d },
]

/** `10m`, `6h` or `1767225600000-1767226200000`; anything else is the default. */
export function parseRange(text: string | null): Range {
  const last = /^(\d{1,5})([smhd])$/.exec(text ?? '')
  if (last) {
    const lastMs = Number(last[1]) * UNIT_MS[last[2] as keyof typeof UNIT_MS]
    return lastMs > 0 && lastMs <= MAX_LAST_MS ? { kind: 'last', lastMs } : DEFAULT_RANGE
  }
  const fixed = /^(\d{10,15})-(\d{10,15})$/.exec(text ?? '')
  if (fixed) {
    const fromMs = Number(fixed[1])
    const toMs = Number(fixed[2])
    if (toMs - fromMs >= MIN_FIXED_MS) return { kind: 'fixed', fromMs, toMs }
  }
  return DEFAULT_RANGE
}

export function formatRange(range: Range): string {
  if (range.kind === 'fixed') return `${Math.round(range.fromMs)}-${Math.round(range.toMs)}`
  for (const unit of ['d', 'h', 'm'] as const) {
    if (range.lastMs % UNIT_MS[unit] === 0) return `${range.lastMs / UNIT_MS[unit]}${unit}`
  }
  return `${Math.round(range.lastMs / UNIT_MS.s)}s`
}

export function sameRange(a: Range, b: Range): boolean {
  return formatRange(a) === formatRange(b)
}

export function rangeLengthMs(range: Range): number {
  return range.kind === 'last' ? range.lastMs : range.toMs - range.fromMs
}

export function rangeBounds(range: Range, nowMs: number): { fromMs: number; toMs: number } {
  return range.kind === 'last'
    ? { fromMs: nowMs - range.lastMs, toMs: nowMs }
    : { fromMs: range.fromMs, toMs: range.toMs }
}

/** A whole number of intervals, so that every step holds equally many samples. */
export function stepFor(range: Range, intervalMs: number, maxSteps = MAX_STEPS): number {
  return Math.max(1, Math.ceil(rangeLengthMs(range) / intervalMs / maxSteps)) * intervalMs
}

/** In words, for labels: `last 10 min`. */
export function describeRange(range: Range, describeFixed: (fromMs: number, toMs: number) => string): string {
  if (range.kind === 'fixed') return describeFixed(range.fromMs, range.toMs)
  const choice = RANGE_CHOICES.find((candidate) => candidate.lastMs === range.lastMs)
  return choice?.label ?? `last ${formatRange(range)}`
}
