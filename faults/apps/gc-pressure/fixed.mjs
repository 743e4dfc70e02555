import { startWarehouse } from './warehouse.mjs'

export default function start(given) {
  return startWarehouse(given, { rowsFor, summary })
}

function rowsFor(articles) {
  let cents = 0
  for (const article of articles) cents += article.cents
  return { count: articles.length, cents }
}

function summary(sums) {
  return sums
}
