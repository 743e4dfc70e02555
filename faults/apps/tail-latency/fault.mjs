import { setTimeout as wait } from 'node:timers/promises'
import { startStock } from './stock.mjs'

const SNAPSHOT_MS = 900
let last = Promise.resolve()

export default function start(given) {
  return startStock(given, {
    exclusive: readLocked,
    snapshot: writeLocked,
    everyMs: 15_000,
  })
}

/** Reservations do not exclude each other, but a snapshot excludes them all. */
async function readLocked(work) {
  await last
  return work()
}

function writeLocked() {
  last = wait(SNAPSHOT_MS)
  return last
}
