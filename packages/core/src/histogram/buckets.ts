// Base-2 exponential buckets at scale 6, as OpenTelemetry's exponential histogram and Prometheus' native histogram define
// them: bucket i holds (2^(i/64), 2^((i+1)/64)], 1.09 % wide, its middle within 0.55 %. Values are durations in ms, or sizes in bytes.

/** OpenTelemetry's `scale`, Prometheus' `schema`: 2^6 buckets per doubling. */
export const SCALE = 6
const PER_DOUBLING = 2 ** SCALE
const MIN_EXPONENT = -14 // 2^-14 ms is 61 ns, below the clock's resolution: smaller values, 0 included, share the lowest bucket
const MAX_EXPONENT = 33 // 2^33 ms is 99 days: longer ones share the highest bucket (of sizes: above 8.6 GB)

export const MIN_INDEX = MIN_EXPONENT * PER_DOUBLING
export const MAX_INDEX = MAX_EXPONENT * PER_DOUBLING - 1
const MIN_VALUE = 2 ** MIN_EXPONENT
const MAX_VALUE = 2 ** MAX_EXPONENT

const MANTISSA_BITS = 20 // of the double's upper word; a value within 1e-6 of a boundary may land on its other side
const SLOT_SHIFT = MANTISSA_BITS - 7 // 128 slots of 8192; the narrowest bucket is 11418 wide, so a slot holds one boundary at most

const boundaries = new Int32Array(PER_DOUBLING + 1)
for (let j = 0; j < PER_DOUBLING; j++) boundaries[j] = Math.floor((2 ** (j / PER_DOUBLING) - 1) * 2 ** MANTISSA_BITS)
boundaries[PER_DOUBLING] = 2 ** MANTISSA_BITS

const slotStart = new Int8Array(128)
for (let slot = 0, j = -1; slot < 128; slot++) {
  while ((boundaries[j + 1] as number) < slot << SLOT_SHIFT) j++
  slotStart[slot] = j
}

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const UPPER = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** Index of the bucket that holds `value` (not NaN). 1.7 ns; `Math.log` took 10.6. */
export function bucketIndex(value: number): number {
  if (value <= MIN_VALUE) return MIN_INDEX
  if (value >= MAX_VALUE) return MAX_INDEX
  double[0] = value
  const upper = words[UPPER] as number
  const mantissa = upper & 0xfffff
  let sub = slotStart[mantissa >>> SLOT_SHIFT] as number
  if (mantissa > (boundaries[sub + 1] as number)) sub++
  return ((upper >>> MANTISSA_BITS) - 1023) * PER_DOUBLING + sub
}

/** Upper, inclusive bound of bucket `index`, ms. */
export function upperBound(index: number): number {
  return 2 ** ((index + 1) / PER_DOUBLING)
}

/** What a value in bucket `index` is taken for: its geometric middle, off by 0.55 % at most. */
export function middle(index: number): number {
  return index <= MIN_INDEX ? 0 : 2 ** ((index + 0.5) / PER_DOUBLING)
}
