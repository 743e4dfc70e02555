// One subject in a process of its own, so that no other's types reach its call sites: `node subject-process.js <subject> [against]`.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { answerParent } from '../lib/child.js'
import { createDurations, INDEX_MASK } from './durations.js'

const FIRST_COUNT = 1000

const [name, against] = process.argv.slice(2)
const loop = await createLoop(name)
const otherLoop = against === undefined ? null : await createLoop(against)
const durations = createDurations()

answerParent({
  ready: () => true,
  /** Pairs of ns per operation, the empty loop and the subject (and what it is put against) by turns, each for about `windowMs`. */
  async run({ settleMs, warmupMs, windowMs, pairs }) {
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    const loops = { bare: emptyLoop, ...(otherLoop === null ? {} : { against: otherLoop }), contender: loop }
    for (const run of Object.values(loops)) await warmUp(run, warmupMs)
    const counts = Object.fromEntries(Object.entries(loops).map(([key, run]) => [key, calibrate(run, windowMs)]))
    const found = []
    for (let i = 0; i < pairs; i++) {
      await nextTurn() // the monitor closes its interval, as it does in an app
      found.push(
        Object.fromEntries(Object.entries(loops).map(([key, run]) => [key, nanosecondsPerOperation(run, counts[key])])),
      )
    }
    return found
  },
})

async function createLoop(subject) {
  const { create } = await import(`./subjects/${subject}.js`)
  return create()
}

function emptyLoop(values, count) {
  let sum = 0
  for (let i = 0; i < count; i++) sum += values[i & INDEX_MASK]
  return sum
}

/** What is compiled in the background takes its time: the first windows of a call that makes objects took twice that of later ones. */
async function warmUp(run, warmupMs) {
  for (let spentMs = 0, count = FIRST_COUNT; spentMs < warmupMs; count *= 2) {
    spentMs += (nanosecondsPerOperation(run, count) * count) / 1e6
    await nextTurn()
  }
}

/** How many operations take `windowMs` of CPU. */
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
