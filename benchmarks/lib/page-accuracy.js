// The section of docs/overhead.md on how true the quantiles are.
import { fixed, table } from './cells.js'

export function renderAccuracy({ count, quantiles, distributions }) {
  const worst = distributions[0].contenders.map(({ title }, i) => [
    title,
    ...distributions.map(({ contenders }) => percent(Math.max(...contenders[i].errorsPercent))),
  ])
  return [
    `### Relative error of quantiles, ${count.toLocaleString('en-US')} values of each kind`,
    'The worst of p50, p90, p99, p99.9 and p99.99 against the quantile of the sorted values (nearest rank), %.',
    table(['', ...distributions.map(({ title }) => title)], worst),
    '<details><summary>Each quantile</summary>',
    ...distributions.map((distribution) => renderDistribution(distribution, quantiles)),
    '</details>',
  ].join('\n\n')
}

function renderDistribution({ title, exactMs, contenders }, quantiles) {
  const head = [title, ...quantiles.map((q) => `p${Number((q * 100).toFixed(2))}`)]
  return table(head, [
    ['exact, ms', ...exactMs.map((ms) => fixed(ms, 2))],
    ...contenders.map((contender) => [contender.title, ...contender.errorsPercent.map(percent)]),
  ])
}

function percent(value) {
  return fixed(value, value < 9.995 ? 2 : 0)
}
