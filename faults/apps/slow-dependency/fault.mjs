import { startCheckout } from './rates.mjs'

export default function start(given) {
  return startCheckout(given, (ask) => (currency) => ask(currency))
}
