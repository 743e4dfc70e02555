// The quantile that all are held to, and how one is read from buckets.

export const QUANTILES = [0.5, 0.9, 0.99, 0.999, 0.9999]

const ROUNDING = 1e-12 // 0.9999 * 1e6 is a hair above 999900: not one rank more

/** Nearest rank: the smallest value such that a share `q` of all values is at or below it. */
export function exactQuantile(sorted, q) {
  const rank = Math.max(1, Math.ceil(q * sorted.length * (1 - ROUNDING)))
  return sorted[rank - 1]
}

/**
 * As Prometheus' `histogram_quantile` does: linear within a bucket that begins at the bound before (the first at 0); what lies
 * above the highest bound is taken for it.
 * @param {number[]} bounds ascending, without infinity
 * @param {number[]} counts of each bucket, one more than bounds
 */
export function quantileOfBuckets(bounds, counts, q) {
  const { index, share } = bucketAt(counts, q)
  if (index >= bounds.length) return bounds.at(-1)
  const lower = index === 0 ? 0 : bounds[index - 1]
  return lower + (bounds[index] - lower) * share
}

/**
 * Of an exponential histogram as OpenTelemetry's SDK gives it out: bucket i holds (base^i, base^(i+1)], and the place within it is
 * taken from its logarithm, as Prometheus does with native histograms.
 */
export function quantileOfExponential({ scale, zeroCount, positive: { offset, bucketCounts } }, q) {
  const { index, share } = bucketAt([zeroCount, ...bucketCounts], q)
  if (index === 0) return 0
  const base = 2 ** (2 ** -scale)
  return base ** (offset + index - 1 + share)
}

export function errorPercent(found, exact) {
  return (Math.abs(found - exact) / exact) * 100
}

/** The bucket in which the rank lies, and which share of its count is below the rank. */
function bucketAt(counts, q) {
  const rank = q * counts.reduce((sum, count) => sum + count, 0)
  let below = 0
  let index = 0
  while (index < counts.length - 1 && below + counts[index] < rank) below += counts[index++]
  return { index, share: counts[index] === 0 ? 0 : (rank - below) / counts[index] }
}
