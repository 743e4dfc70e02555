import { startBroker } from './bank.mjs'

const HISTORY = 6000
const journal = []

export default function start(given) {
  return startBroker(given, { remember, quoteOf, placeOrder })
}

function remember(entry) {
  // what was looked at, with the prices of that moment
  journal.push({ ...entry, prices: Array.from({ length: HISTORY }, (_, i) => i * 1.01) })
}

async function quoteOf(exchange, symbol) {
  // asked anew for everyone
  const response = await fetch(`${exchange}/quotes/${symbol}`)
  return response.json()
}

function placeOrder({ symbol, limit }) {
  // not everyone gives a limit
  return { symbol, limitInCents: limit.amount * 100 }
}
