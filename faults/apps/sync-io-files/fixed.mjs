import { readFile } from 'node:fs/promises'
import { startSite } from './site.mjs'

export default function start(given) {
  return startSite(given, { redirectsIn })
}

function redirectsIn(file) {
  let text = null
  return () => {
    text ??= readFile(file, 'utf8')
    return text
  }
}
