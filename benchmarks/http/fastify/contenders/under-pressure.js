// It measures the process, not requests: each one is only asked whether the process is under pressure.
import underPressure from '@fastify/under-pressure'

// far above what the app reaches, and none of the utilization of the event loop: at its limit, where it is measured, it would answer 503
const LIMITS = { maxEventLoopDelay: 1000, maxHeapUsedBytes: 1_000_000_000, maxRssBytes: 1_000_000_000 }

export function create() {
  let app = null
  async function install(into) {
    app = into
    await app.register(underPressure, LIMITS)
  }

  return { install, countRequests: null, isActive: () => app.memoryUsage().rssBytes > 0 }
}
