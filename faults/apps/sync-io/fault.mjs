import { pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { startAccounts } from './accounts.mjs'

const ROUNDS = 150_000
const STORED = pbkdf2Sync('secret', 'salt', ROUNDS, 32, 'sha256')

export default function start(given) {
  return startAccounts(given, { isRight })
}

function isRight(user, password) {
  if (user === undefined) return false
  const hash = pbkdf2Sync(String(password), 'salt', ROUNDS, 32, 'sha256') // hashed here
  return timingSafeEqual(hash, STORED)
}
