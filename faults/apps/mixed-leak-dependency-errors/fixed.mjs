import { startBroker } from './bank.mjs'

const KEPT = 500
const journal = []
let quotes = new Map()

export default function start(given) {
  return startBroker(given, { remember, quoteOf: (exchange, symbol) => quoteFrom(exchange, symbol), placeOrder })
}

function remember(entry) {
  journal.push(entry)
  if (journal.length > 2 * KEPT) journal.splice(0, KEPT)
}

/** All quotes at once, every minute, kept between. */
async function quoteFrom(exchange, symbol) {
  if (quotes.size === 0) {
    quotes = new Map([['', null]])
    const response = await fetch(`${exchange}/quotes`)
    quotes = new Map(Object.entries(await response.json()))
    setInterval(async () => {
      const again = await fetch(`${exchange}/quotes`)
      quotes = new Map(Object.entries(await again.json()))
    }, 60_000).unref()
  }
  return quotes.get(symbol) ?? null
}

function placeOrder({ symbol, limit }) {
  return { symbol, limitInCents: limit === undefined ? null : limit.amount * 100 }
}
