// The process that takes samples of the system and of itself: `node process.js <contender>`.
import { createHook } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { answerParent } from '../lib/child.js'
import { childTraces, endedChildrenMs, IS_LINUX, mainThreadMs } from '../lib/linux.js'

const COMPLETE_LIMIT_MS = 20_000

let programs = 0
createHook({
  init(_id, type) {
    if (type === 'PROCESSWRAP') programs++
  },
}).enable()

const { create } = await import(`./contenders/${process.argv[2]}.js`)
const contender = await create()

answerParent({
  /** As rates need two readings, and modules a first use. */
  async settle({ intervalMs }) {
    const startedMs = performance.now()
    do {
      await contender.sample()
      await delay(intervalMs)
      if (performance.now() - startedMs > COMPLETE_LIMIT_MS) throw new Error('no complete sample')
    } while (!contender.isComplete())
  },
  /** Figures of one sample. `programs`: null when some thread started one that is not seen here. */
  async sample() {
    programs = 0
    const traces = IS_LINUX ? childTraces() : null
    const before = read()
    await contender.sample()
    const after = read()
    const isSeen = programs > 0 || traces === (IS_LINUX ? childTraces() : null)
    return {
      mainMs: after.mainMs - before.mainMs,
      allMs: after.allMs - before.allMs,
      programs: isSeen ? programs : null,
    }
  },
})

function read() {
  const { user, system } = process.cpuUsage()
  const ownMs = (user + system) / 1000
  return IS_LINUX ? { mainMs: mainThreadMs(), allMs: ownMs + endedChildrenMs() } : { mainMs: ownMs, allMs: ownMs }
}
