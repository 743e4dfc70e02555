import { setTimeout as wait } from 'node:timers/promises'
import { startStock } from './stock.mjs'

const SNAPSHOT_MS = 900

export default function start(given) {
  return startStock(given, {
    exclusive: (work) => work(),
    snapshot: () => wait(SNAPSHOT_MS), // of a copy
    everyMs: 15_000,
  })
}
