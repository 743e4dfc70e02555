import { parts, startCatalog } from './catalog.mjs'

export default function start(given) {
  return startCatalog(given, { textsOf })
}

/** Made when it is asked for. */
function textsOf(language) {
  return (id) => {
    const part = parts[id]
    return part === undefined
      ? undefined
      : { language, key: part.key, text: `${part.key} (${language}), ${part.grams} g` }
  }
}
