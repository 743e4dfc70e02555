import { startShop } from './shop.mjs'

export default function start(given) {
  return startShop(given, { pairsOf })
}

function pairsOf(products) {
  const byTags = new Map()
  for (const { id, tags } of products) {
    const key = [...tags].sort().join()
    const ids = byTags.get(key)
    if (ids === undefined) byTags.set(key, [id])
    else if (ids.length < 20) ids.push(id)
  }
  return [...byTags.values()].flatMap(([one, ...others]) => others.map((other) => ({ one, other })))
}
