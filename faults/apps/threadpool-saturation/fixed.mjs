import { hkdfSync, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { startFiles } from './files.mjs'

const derive = promisify(scrypt)
const PARTS = 16
const COST = { N: 8192 }
let master = null

export default function start(given) {
  return startFiles(given, { keyOf })
}

async function keyOf(id) {
  master ??= derive('master', 'salt', 32, COST)
  const secret = await master
  return Buffer.concat(
    Array.from({ length: PARTS }, (_, part) => Buffer.from(hkdfSync('sha256', secret, `${id}`, `${part}`, 32))),
  )
}
