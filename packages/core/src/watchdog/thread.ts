// Entry of the watchdog in the monitor's thread.
import { readFileSync } from 'node:fs'
import { systemClock } from '../clock.js'
import { ownerOf } from '../inspect/frames.js'
import { MainSession, settled } from '../inspect/main-session.js'
import { SourceMaps } from '../inspect/source-maps.js'
import type { StartInThread } from '../types/thread.js'
import { Heart, processMonotonicMs } from './heart.js'
import type { FromWatch, WatchData } from './messages.js'
import type { ProbeAnswer } from './probe.js'
import { type ThreadTimes, Watch } from './watch.js'

const MAX_STACK = 12 // of the app and its dependencies: the rest of the way down is the framework's

export const start: StartInThread<WatchData> = ({ port, heart: buffer, thresholdMs, expression, root }) => {
  const session = new MainSession()
  const maps = new SourceMaps(root)
  const post = (message: FromWatch) => port.postMessage(message)

  const ask = async (): Promise<ProbeAnswer | null> => {
    try {
      session.open()
      const { result } = await session.post<{ result: { value?: string | null } }>('Runtime.evaluate', {
        expression,
        returnByValue: true,
        silent: true,
      })
      return typeof result.value === 'string' ? (JSON.parse(result.value) as ProbeAnswer) : null
    } catch (error) {
      if (isRunning) post({ type: 'fault', message: error instanceof Error ? error.message : String(error) })
      return null
    }
  }

  const watch = new Watch({
    heart: new Heart(buffer),
    thresholdMs,
    nowMs: processMonotonicMs,
    ask,
    mainTimes: () => threadTimes(`self/task/${process.pid}`),
    ownTimes: () => threadTimes('thread-self'),
    rest: () => session.close(),
    onStall: ({ startMs, durationMs, requestsInFlight, operation, frames }) => {
      const known = frames.filter(({ url }) => ownerOf(url) !== 'other').slice(0, MAX_STACK)
      const stack = known.map((frame) => maps.locate(frame))
      post({ type: 'stall', startMs, durationMs, requestsInFlight, operation, stack })
    },
  })

  let isRunning = true
  const turn = () => {
    if (!isRunning) return
    timer = systemClock.after(watch.poll(), turn)
  }
  let timer = systemClock.after(watch.intervalMs, turn)

  return async () => {
    isRunning = false
    timer.cancel()
    session.close()
    port.close()
    await settled()
  }
}

/** Linux says it; elsewhere a busy machine can hide places and blocks, never invent them. */
function threadTimes(task: string): ThreadTimes | null {
  if (process.platform !== 'linux') return null
  try {
    const text = readFileSync(`/proc/${task}/schedstat`, 'latin1')
    const [ranNs = Number.NaN, waitedNs = Number.NaN] = text.split(' ').map(Number)
    const times = { ranMs: ranNs / 1e6, waitedMs: waitedNs / 1e6 }
    return Number.isFinite(times.ranMs + times.waitedMs) ? times : null
  } catch {
    return null
  }
}
