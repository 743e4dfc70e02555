// An app with many operations and an hour behind it, made in seconds: time is passed in, so an hour is 3600 samples in a row.
import { PerformanceMonitor } from '@perf-monitor/core'

const SAMPLE_MS = 1000
const HOT = 20 // routes that are asked for every second; the others once a minute, as the long tail of a large app is
const CALLS_PER_SECOND = 3 // of a hot route
const ROUTE_SHARE = 0.4 // of the operations; as many handlers as routes, and queries for half of them
const BUSY_SECONDS = 10 // at the end, in which everything runs: the worst that a sample can be

// an hour within seconds is a machine at its limit, and the alerts of it would be all that one reads
const SILENT = { info() {}, warn() {}, error() {} }

/** Names of `count` operations: routes, their handlers, and queries that two routes share. */
export function namesOf(count) {
  const routes = Math.round(count * ROUTE_SHARE)
  return {
    routes: Array.from({ length: routes }, (_, n) => `GET /api/v1/area-${n % 50}/resource-${n}/:id`),
    handlers: Array.from({ length: routes }, (_, n) => `resource${n}Handler`),
    queries: Array.from({ length: count - 2 * routes }, (_, n) => `SELECT * FROM table_${n} WHERE id = ?`),
  }
}

/** Durations as services have them: most around 5 ms, some far above. The same ones in each run. */
export function durationsMs() {
  let state = 42
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 1) / 2 ** 32
  }
  return () => 5 * Math.exp(0.8 * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()))
}

/** Moved by hand while the hour is made, real from then on: slices are cut by it. Its timers never fire. */
class PassedClock {
  #movedMs = 0
  #realFromMs = Number.POSITIVE_INFINITY
  #epochMs = Date.UTC(2026, 0, 1)

  now = () => this.#epochMs + Math.floor(this.monotonicMs())
  monotonicMs = () => this.#movedMs + Math.max(0, performance.now() - this.#realFromMs)
  every = () => ({ cancel() {} })
  after = () => ({ cancel() {} })

  move(ms) {
    this.#movedMs += ms
  }

  goReal() {
    this.#realFromMs = performance.now()
  }
}

/**
 * @param {{ operations: number, historySeconds: number, config?: object }} options
 * @returns {Promise<{ monitor: PerformanceMonitor, runSecond: () => void }>} `runSecond`: all operations once, and a second later
 */
export async function appWithHistory({ operations, historySeconds, config }) {
  const clock = new PassedClock()
  const monitor = new PerformanceMonitor({ clock, stallThresholdMs: 0, auth: false, logger: SILENT, ...config })
  await monitor.start()
  const { routes, handlers, queries } = namesOf(operations)
  const nextMs = durationsMs()
  const query = (n) => monitor.track('db', queries[n % queries.length], () => clock.move(nextMs() / 1000))
  const run = (n) => {
    monitor.track('http', routes[n], () => {
      clock.move(nextMs() / 1000)
      monitor.track('handler', handlers[n], () => {
        query(n >> 1)
        if (n % 3 === 0) query((n >> 1) + 1)
        clock.move(nextMs() / 1000)
      })
    })
  }
  const endSecond = () => clock.move(SAMPLE_MS - (clock.monotonicMs() % SAMPLE_MS))
  const runSecond = () => {
    for (let n = 0; n < routes.length; n++) run(n)
    endSecond()
  }
  const perSecond = Math.ceil(routes.length / 60)
  for (let second = 0; second < historySeconds; second++) {
    for (let hot = 0; hot < Math.min(HOT, routes.length); hot++) {
      for (let call = 0; call < CALLS_PER_SECOND; call++) run(hot)
    }
    for (let n = 0; n < perSecond; n++) run((second * perSecond + n) % routes.length)
    endSecond()
    await monitor.sample()
  }
  for (let second = 0; second < Math.min(BUSY_SECONDS, historySeconds); second++) {
    runSecond()
    await monitor.sample()
  }
  clock.goReal()
  return { monitor, runSecond }
}
