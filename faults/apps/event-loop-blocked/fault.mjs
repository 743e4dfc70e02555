import { startShop } from './shop.mjs'

export default function start(given) {
  return startShop(given, { pairsOf })
}

function pairsOf(products) {
  const pairs = []
  for (const one of products) {
    for (const other of products) {
      if (one.id >= other.id) continue
      const common = one.tags.filter((tag) => other.tags.includes(tag)) // every article against every other
      if (common.length === 4) pairs.push({ one: one.id, other: other.id })
    }
  }
  return pairs
}
