// Records the values of a distribution with each contender and asks all of them for the same quantiles.
import { answerParent } from '../lib/child.js'
import { compareQuantiles } from './compare.js'
import { CONTENDERS } from './contenders.js'
import { DISTRIBUTIONS } from './distributions.js'

answerParent({
  measure: ({ distribution, count }) =>
    compareQuantiles({
      distribution: DISTRIBUTIONS.find(({ name }) => name === distribution),
      contenders: CONTENDERS,
      count,
    }),
})
