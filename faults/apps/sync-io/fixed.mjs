import { pbkdf2, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { startAccounts } from './accounts.mjs'

const ROUNDS = 150_000
const STORED = pbkdf2Sync('secret', 'salt', ROUNDS, 32, 'sha256')
const derive = promisify(pbkdf2)

export default function start(given) {
  return startAccounts(given, { isRight })
}

async function isRight(user, password) {
  if (user === undefined) return false
  const hash = await derive(String(password), 'salt', ROUNDS, 32, 'sha256')
  return timingSafeEqual(hash, STORED)
}
