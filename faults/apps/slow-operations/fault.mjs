import { startQuotes } from './quotes.mjs'

export default function start(given) {
  return startQuotes(given, { pollMs: 1500, engineMs: 900 })
}
