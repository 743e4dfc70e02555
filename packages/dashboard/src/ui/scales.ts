// Where axes begin, end and carry ticks.

const LOG_STEPS = [1, 2, 5]
const MAX_TICKS = 6
const ROUND_STEPS = [1, 2, 2.5, 5]

/** From a round value below the smallest to one above the largest; at least a factor of ten, so that noise stays small. */
export function logBounds(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || !(min > 0) || !(max >= min)) return [1, 100]
  let low = roundDown(min)
  let high = roundUp(max)
  while (high / low < 9.99) {
    high = roundUp(high * 1.01)
    if (high / low < 9.99) low = roundDown(low * 0.99)
  }
  return [low, high]
}

/** Powers of ten, with 2 and 5 between them while there is room. */
export function logTicks(low: number, high: number): number[] {
  for (const steps of [LOG_STEPS, [1, 3], [1]]) {
    const ticks = ticksOf(low, high, steps)
    if (ticks.length <= MAX_TICKS) return ticks
  }
  const powers = ticksOf(low, high, [1])
  const every = Math.ceil(powers.length / MAX_TICKS)
  return powers.filter((_, index) => index % every === 0)
}

/** From zero to a round value above the largest. */
export function zeroBounds(max: number | null, floor: number): [number, number] {
  const top = Math.max(max ?? 0, floor)
  const magnitude = 10 ** Math.floor(Math.log10(top))
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * magnitude >= top * 0.999) ?? 10
  return [0, step * magnitude]
}

/** Bytes round at powers of two. */
export function byteBounds(max: number | null): [number, number] {
  const top = Math.max(max ?? 0, 1024)
  const magnitude = 1024 ** Math.floor(Math.log2(top) / 10)
  const step = [1, 2, 4, 8, 16, 32, 64, 128, 256, 384, 512, 768, 1024].find((s) => s * magnitude >= top) ?? 1024
  return [0, step * magnitude]
}

/** Four or so equal parts, of which each is round; quarters of a power of two always are. */
export function linearTicks(high: number, isBytes = false): number[] {
  const parts = isBytes ? 4 : ([4, 5, 3].find((count) => isRound(high / count)) ?? 2)
  return Array.from({ length: parts + 1 }, (_, index) => (index * high) / parts)
}

function isRound(step: number): boolean {
  const digits = Number((step / 10 ** Math.floor(Math.log10(step) + 1e-9)).toFixed(6))
  return ROUND_STEPS.includes(digits)
}

function ticksOf(low: number, high: number, steps: number[]): number[] {
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) {
      const tick = Number((step * 10 ** power).toPrecision(3))
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick)
    }
  }
  return ticks
}

function roundDown(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value) + 1e-9)
  const step = LOG_STEPS.findLast((candidate) => candidate * magnitude <= value * 1.0001) ?? 1
  return Number((step * magnitude).toPrecision(3))
}

function roundUp(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value) + 1e-9)
  const step = [...LOG_STEPS, 10].find((candidate) => candidate * magnitude >= value * 0.9999) ?? 10
  return Number((step * magnitude).toPrecision(3))
}
