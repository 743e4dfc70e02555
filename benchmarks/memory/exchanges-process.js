// Millions of requests through adapter, tracker and all that a sample feeds, hours of them by a clock that is passed in:
// `node --expose-gc exchanges-process.js`.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ManualClock, PerformanceMonitor } from '@perf-monitor/core'
import { adapterHost } from '@perf-monitor/core/adapter'
import { durationsMs, namesOf } from '../endpoints/history.js'
import { answerParent } from '../lib/child.js'
import { DiscardingConnection } from './connection.js'
import { historyBytesOf } from './history-bytes.js'
import { usedMemory } from './used.js'

const OPERATIONS = 100
const SECOND_MS = 1000
const SILENT = { info() {}, warn() {}, error() {} } // a day's load in a minute is one alert after another
const KEPT_SECONDS = 600 // of history, and an hour of it by the minute: full long before the end, so that what grows is something else
const RETENTION_MS = 3_600_000
const FAILED_SHARE = 0.01
const QUICKER = 1 / 40 // than usual durations: so many requests in a row fit a second

const clock = new ManualClock()
const monitor = new PerformanceMonitor({
  clock,
  auth: false,
  logger: SILENT,
  stallThresholdMs: 0, // its thread would watch real time
  enableProfiling: false,
  maxHistoryEntries: KEPT_SECONDS,
  history: { retentionMs: RETENTION_MS },
})
const host = adapterHost(monitor)
const { routes, handlers, queries } = namesOf(OPERATIONS)
const operations = handlers.map((name) => host.handlerOperation(name))
const connection = new DiscardingConnection()
const nextMs = durationsMs()
let done = 0

answerParent({
  /** `count` more, `perSecond` of them in each second that passes. */
  async run({ count, perSecond }) {
    for (const end = done + count; done < end; ) {
      const startedMs = clock.monotonicMs()
      for (let n = 0; n < perSecond && done < end; n++) {
        exchange(done++)
        await new Promise(process.nextTick) // the response gives its connection back
      }
      await nextTurn()
      clock.advance(Math.max(0, startedMs + SECOND_MS - clock.monotonicMs()))
      await monitor.sample()
    }
    const { usedBytes } = await usedMemory()
    return { exchanges: done, recorded: recordedCount(), usedBytes, historyBytes: await historyBytesOf(monitor) }
  },
})

function exchange(index) {
  const which = index % routes.length
  const { req, res } = connection.open('GET', `/api/v1/${index}`)
  const begun = host.begin(req, res)
  begun.setRoute(routes[which].slice('GET '.length))
  begun.run(() => {
    const handler = begun.beginHandler(operations[which])
    pass()
    monitor.track('db', queries[which >> 1], pass)
    handler.end()
    if (index * FAILED_SHARE === Math.floor(index * FAILED_SHARE)) res.statusCode = 500
    res.end('{"ok":true}')
  })
}

function pass() {
  clock.advance((nextMs() * QUICKER) / 2)
}

/** Whoever measures nothing grows by nothing. */
function recordedCount() {
  const { http } = monitor.getSnapshot().componentMetrics
  return http.totalOperations
}
