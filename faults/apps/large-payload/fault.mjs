import { startCatalogue } from './catalogue.mjs'

export default function start(given) {
  return startCatalogue(given, { listed: (articles) => articles })
}
