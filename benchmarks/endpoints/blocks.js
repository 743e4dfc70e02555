// How long the event loop was held at once while something ran, garbage collection told apart.
import { openSync, readSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'

const WORTH_KEEPING_MS = 0.5
const SETTLE_TURNS = 3 // entries of the last collections arrive some turns later

const buffer = Buffer.alloc(128)
const schedule = openSchedule()

/**
 * The time of a turn without that in which the thread was ready and had no processor, where the system tells that (Linux): what
 * else the machine does is no block of ours. CPU time would be the thing, but its clock moves in steps of 4 ms.
 * @returns {Promise<{ longestMs: number, longestWithGcMs: number }>}
 */
export async function watchTurns(work) {
  const collections = []
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  const turns = []
  let running = true
  let last = reading()
  const turn = () => {
    const now = reading()
    const heldMs = now.wallMs - last.wallMs - (now.waitedMs - last.waitedMs)
    if (heldMs > WORTH_KEEPING_MS) turns.push({ fromMs: last.wallMs, toMs: now.wallMs, heldMs })
    last = now
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  await turnsLater(SETTLE_TURNS)
  running = false
  observer.disconnect()
  const withoutGc = ({ fromMs, toMs, heldMs }) =>
    heldMs * (1 - coveredMs(collections, fromMs, toMs) / Math.max(toMs - fromMs, heldMs))
  return {
    longestMs: Math.max(0, ...turns.map(withoutGc)),
    longestWithGcMs: Math.max(0, ...turns.map(({ heldMs }) => heldMs)),
  }
}

/** Time between the two in which at least one of them ran: phases of a collection are reported within the whole of it. */
function coveredMs(collections, fromMs, toMs) {
  let covered = 0
  let upToMs = fromMs
  for (const { startTime, duration } of collections.toSorted((a, b) => a.startTime - b.startTime)) {
    const endMs = Math.min(toMs, startTime + duration)
    if (startTime >= toMs || endMs <= upToMs) continue
    covered += endMs - Math.max(upToMs, startTime)
    upToMs = endMs
  }
  return covered
}

function reading() {
  return { wallMs: performance.now(), waitedMs: waitedMs() }
}

/** How long this thread waited for a processor so far. */
function waitedMs() {
  if (schedule === null) return 0
  const length = readSync(schedule, buffer, 0, buffer.length, 0)
  return Number(buffer.toString('latin1', 0, length).split(' ')[1]) / 1e6
}

function openSchedule() {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, 'r') // the main thread's id is the process's
  } catch {
    return null
  }
}

async function turnsLater(count) {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve))
}
