import { startQuotes } from './quotes.mjs'

export default function start(given) {
  return startQuotes(given, { pollMs: 20, engineMs: 60 })
}
