import { rm } from 'node:fs/promises'
import { startShop } from './shop.mjs'

const MAX_PREVIEWS = 60

export default function start(given) {
  const files = [] // the oldest first
  return startShop(given, {
    async written(file) {
      files.push(file)
      if (files.length > MAX_PREVIEWS) await rm(files.shift(), { force: true })
    },
  })
}
