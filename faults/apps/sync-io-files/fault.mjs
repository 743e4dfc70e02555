import { readFileSync } from 'node:fs'
import { startSite } from './site.mjs'

export default function start(given) {
  return startSite(given, { redirectsIn: (file) => () => load(file) })
}

function load(file) {
  return readFileSync(file, 'utf8') // at every request
}
