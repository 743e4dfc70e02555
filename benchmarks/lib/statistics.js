// Medians and their spread: one figure without the other says nothing on a machine that does other things as well.

/** Linear between neighbours, as R and NumPy do by default. */
export function quantile(values, share) {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  return below + (above - below) * (place - Math.floor(place))
}

/** `{ count, min, q1, median, q3, max }`; all but the count are null without values. */
export function spread(values) {
  return {
    count: values.length,
    min: quantile(values, 0),
    q1: quantile(values, 0.25),
    median: quantile(values, 0.5),
    q3: quantile(values, 0.75),
    max: quantile(values, 1),
  }
}

/**
 * What pairs say of a contender against its partner.
 * @param {{ bare: number, contender: number }[]} pairs
 */
export function comparePairs(pairs) {
  return {
    bare: spread(pairs.map(({ bare }) => bare)),
    contender: spread(pairs.map(({ contender }) => contender)),
    ratio: spread(pairs.map(({ bare, contender }) => contender / bare)),
    added: spread(pairs.map(({ bare, contender }) => contender - bare)),
  }
}
