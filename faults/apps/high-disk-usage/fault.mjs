import { startShop } from './shop.mjs'

export default function start(given) {
  return startShop(given, { written: () => {} }) // what was drawn once stays for good
}
