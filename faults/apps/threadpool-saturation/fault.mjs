import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { startFiles } from './files.mjs'

const derive = promisify(scrypt)
const PARTS = 16
const COST = { N: 8192 }

export default function start(given) {
  return startFiles(given, { keyOf })
}

async function keyOf(id) {
  // one key for each part of the share
  const keys = await Promise.all(Array.from({ length: PARTS }, (_, part) => derive(`${id}-${part}`, 'salt', 32, COST)))
  return Buffer.concat(keys)
}
