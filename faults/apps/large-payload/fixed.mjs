import { startCatalogue } from './catalogue.mjs'

const PAGE = 50

export default function start(given) {
  return startCatalogue(given, { listed: (articles, page) => articles.slice(page * PAGE, (page + 1) * PAGE) })
}
