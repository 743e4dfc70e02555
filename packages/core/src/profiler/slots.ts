// How the timeline lies in memory: a slot per some microseconds holds what began to run in it last, 0 where nothing changed.
const MIN_SLOT_US = 10 // what ran for less is a sample in a hundred at most
const MAX_SLOTS = 1_000_000 // 4 MB while a profile is taken
const MORE_US = 1_000_000 // the main thread may answer late that it began and ended
const FIRST_ID = 2

export interface TimelineData {
  slots: SharedArrayBuffer
  slotUs: number
  /** By `processMonotonicUs`. */
  startUs: number
}

export function slotLength(durationMs: number): { slotUs: number; count: number } {
  const spanUs = durationMs * 1000 + MORE_US
  const slotUs = Math.max(MIN_SLOT_US, Math.ceil(spanUs / MAX_SLOTS))
  return { slotUs, count: Math.ceil(spanUs / slotUs) }
}

/** The operation at a time, by its number; 0: none that is measured. Reads the slots once. */
export function operationAt(
  { slots: buffer, slotUs, startUs }: TimelineData,
  exchanges: Uint16Array,
): (timeUs: number) => number {
  const slots = new Int32Array(buffer)
  const numbers = new Uint16Array(slots.length)
  let number = 0
  for (const [index, id] of slots.entries()) {
    if (id >= FIRST_ID) number = id % 2 === 0 ? (id - FIRST_ID) / 2 : (exchanges[(id - FIRST_ID - 1) / 2] ?? 0)
    else if (id !== 0) number = 0
    numbers[index] = number
  }
  return (timeUs) => {
    const slot = Math.floor((timeUs - startUs) / slotUs)
    return numbers[Math.min(slot, numbers.length - 1)] ?? 0 // before the first: nothing was known yet
  }
}

/** V8 dates its samples by the same clock. */
export function processMonotonicUs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + nanoseconds / 1000
}
