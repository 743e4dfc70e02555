import { startCheckout } from './rates.mjs'

export default function start(given) {
  return startCheckout(given, cached)
}

function cached(ask) {
  const known = new Map()
  return (currency) => {
    if (!known.has(currency)) known.set(currency, ask(currency))
    return known.get(currency)
  }
}
