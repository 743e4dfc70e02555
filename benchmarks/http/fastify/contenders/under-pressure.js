// It measures the process, not requests: each one is only asked whether the process is under pressure.
import { setTimeout as delay } from 'node:timers/promises'
import underPressure from '@fastify/under-pressure'

// far above what the app reaches, and none of the utilization of the event loop: at its limit, where it is measured, it would answer 503
const LIMITS = { maxEventLoopDelay: 1000, maxHeapUsedBytes: 1_000_000_000, maxRssBytes: 1_000_000_000 }
const SAMPLED_LIMIT_MS = 10_000 // it samples each second, the first time after one
const POLL_MS = 50

export function create() {
  let app = null
  async function install(into) {
    app = into
    await app.register(underPressure, LIMITS)
  }

  async function isActive() {
    for (let waitedMs = 0; waitedMs < SAMPLED_LIMIT_MS; waitedMs += POLL_MS) {
      if (app.memoryUsage().rssBytes > 0) return true
      await delay(POLL_MS)
    }
    return false
  }

  return { install, countRequests: null, isActive }
}
