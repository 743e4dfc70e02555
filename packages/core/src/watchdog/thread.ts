// Entry of the watchdog in the monitor's thread.
import { sampleLeadMs, systemClock, untilMultipleMs } from '../clock.js'
import { ownerOf } from '../inspect/frames.js'
import { MainSession, settled } from '../inspect/main-session.js'
import { SourceMaps } from '../inspect/source-maps.js'
import type { StartInThread } from '../types/thread.js'
import { Heart, processMonotonicMs } from './heart.js'
import type { FromWatch, ToWatch, WatchData } from './messages.js'
import type { ProbeAnswer } from './probe.js'
import { SchedulerTimes } from './scheduler-times.js'
import { SLEEP_POLL_MS, Watch } from './watch.js'

const AFTER_SAMPLE_MS = 2
const MAX_STACK = 12 // of the app and its dependencies: the rest of the way down is the framework's

export const start: StartInThread<WatchData> = ({ port, heart: buffer, thresholdMs, expression, root }) => {
  const session = new MainSession()
  const maps = new SourceMaps(root)
  const mainTimes = new SchedulerTimes(`self/task/${process.pid}`)
  const ownTimes = new SchedulerTimes('thread-self')
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
    mainTimes: () => mainTimes.read(),
    ownTimes: () => ownTimes.read(),
    processMs: () => (process.cpuUsage().user + process.cpuUsage().system) / 1000,
    rest: () => session.close(),
    // with the system's figures, just after them
    sleepMs: () => untilMultipleMs(Date.now(), SLEEP_POLL_MS, sampleLeadMs(SLEEP_POLL_MS) - AFTER_SAMPLE_MS),
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
  port.on('message', (_rouse: ToWatch) => {
    timer.cancel()
    turn()
  })
  port.unref()

  return async () => {
    isRunning = false
    timer.cancel()
    session.close()
    mainTimes.close()
    ownTimes.close()
    port.close()
    await settled()
  }
}
