import { startFlats } from './flats.mjs'

export default function start(given) {
  return startFlats(given, { newModelMs: 140 })
}
