import { startWarehouse } from './warehouse.mjs'

export default function start(given) {
  return startWarehouse(given, { rowsFor, summary })
}

function rowsFor(articles, place) {
  return articles.map((article) => ({ ...article, place, history: [article.cents, article.id] })) // all of them, for a sum
}

function summary(rows) {
  return { count: rows.length, cents: rows.reduce((sum, { cents }) => sum + cents, 0) }
}
