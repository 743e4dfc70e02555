// One subject in a process of its own, so that no other's types reach its call sites: `node subject-process.js <subject>`.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { answerParent } from '../lib/child.js'
import { createDurations, INDEX_MASK } from './durations.js'

const FIRST_COUNT = 1000
const SETTLE_MS = 300 // what the subject starts on other threads has started by then: CPU time is that of the process

const { create } = await import(`./subjects/${process.argv[2]}.js`)
const loop = create()
const durations = createDurations()

answerParent({
  /** Pairs of ns per operation, the empty loop and the subject by turns, each for about `windowMs`. */
  async run({ windowMs, pairs }) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    const count = calibrate(loop, windowMs)
    const emptyCount = calibrate(emptyLoop, windowMs)
    const found = []
    for (let i = 0; i < pairs; i++) {
      await nextTurn() // the monitor closes its interval, as it does in an app
      const bare = nanosecondsPerOperation(emptyLoop, emptyCount)
      const contender = nanosecondsPerOperation(loop, count)
      found.push({ bare, contender })
    }
    return found
  },
})

function emptyLoop(values, count) {
  let sum = 0
  for (let i = 0; i < count; i++) sum += values[i & INDEX_MASK]
  return sum
}

/** How many operations take `windowMs` of CPU; compiles the loop on the way. */
function calibrate(run, windowMs) {
  let count = FIRST_COUNT
  while (nanosecondsPerOperation(run, count) * count < windowMs * 1e6) count *= 2
  return count
}

/** CPU time, not time on the wall: what else the machine does is not counted. */
function nanosecondsPerOperation(run, count) {
  const before = process.cpuUsage()
  run(durations, count)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / count
}
