import { createContender } from './contenders.js'
import { drawValues } from './distributions.js'
import { errorPercent, exactQuantile, QUANTILES } from './quantiles.js'

const SERIES = 'task'

/** Errors of each contender in the order of `QUANTILES`, against the quantiles of the sorted values. */
export async function compareQuantiles({ distribution, contenders, count }) {
  const values = drawValues(distribution, count)
  const sorted = values.toSorted()
  const exactMs = QUANTILES.map((q) => exactQuantile(sorted, q))
  const compared = []
  for (const { name, title } of contenders) {
    const contender = await createContender(name)
    const record = contender.series(SERIES)
    for (let i = 0; i < count; i++) record(values[i])
    const errorsPercent = []
    for (const [i, q] of QUANTILES.entries()) {
      errorsPercent.push(errorPercent(await contender.quantile(SERIES, q), exactMs[i]))
    }
    compared.push({ name, title, errorsPercent })
  }
  return { name: distribution.name, title: distribution.title, exactMs, contenders: compared }
}
