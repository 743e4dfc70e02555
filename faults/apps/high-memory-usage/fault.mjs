import { parts, startCatalog } from './catalog.mjs'

export default function start(given) {
  return startCatalog(given, { textsOf })
}

/** All texts of a language, made once. */
function textsOf(language) {
  const texts = new Map(
    parts.map(({ id, key, grams }) => [id, { language, key, text: `${key} (${language}), ${grams} g` }]),
  )
  return (id) => texts.get(id)
}
