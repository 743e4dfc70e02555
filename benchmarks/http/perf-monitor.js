// How far perf-monitor can be switched on and off, the same in both frameworks, and profiles that run while windows are measured.
import { setTimeout as delay } from 'node:timers/promises'

/** All that it can measure, watch and capture: what the defaults leave out is the header. */
export const EVERYTHING = { serverTiming: true }

/** The spine: requests and handlers counted and timed, history, alert rules. The test looks that none of the switches is missing. */
export const NOTHING = {
  enableProfiling: false,
  enableCpuProfiling: false,
  enableMemoryProfiling: false,
  stallThresholdMs: 0,
  enableIoMonitoring: false,
  enableDashboards: false,
  exportPrometheus: false,
  enableRequestScope: false,
  instruments: Object.fromEntries(
    [
      ...['http', 'fetch', 'pg', 'mysql2', 'better-sqlite3', 'ioredis', 'redis', 'mongodb', 'mongoose'],
      ...['tarn', 'sequelize-pool', 'generic-pool'],
    ].map((name) => [name, false]),
  ),
}

const PROFILE_MS = 60_000 // the longest there is: neither its begin nor its end falls into many windows
const RETRY_MS = 250 // refused until a sample has seen that the app rests
const BEGIN_LIMIT_MS = 30_000

/** @param {() => import('@perf-monitor/core').PerformanceMonitor} monitorOf once the app has it */
export function counts(monitorOf) {
  return {
    countRequests: () => monitorOf().getSnapshot().componentMetrics.http?.totalOperations ?? 0,
    countProfiles: () => {
      const { profiles = [], running = null } = monitorOf().profiler?.data ?? {} // earlier versions had no profiler
      return profiles.length + (running === null ? 0 : 1)
    },
  }
}

/**
 * Before each window: a CPU profile runs, begun while the app rests, for one that is asked for is refused at the app's limit.
 * @param {() => import('@perf-monitor/core').PerformanceMonitor} monitorOf
 * @param {boolean} gentle a sample each 10 ms, as the monitor takes them of its own accord, instead of each 1 ms
 * @returns how many it began
 */
export function profiling(monitorOf, gentle) {
  return async () => {
    const { profiler } = monitorOf()
    const startedMs = performance.now()
    while (profiler.data.running === null) {
      try {
        profiler.begin({ type: 'cpu', durationMs: PROFILE_MS, gentle })
        return 1
      } catch (error) {
        if (performance.now() - startedMs > BEGIN_LIMIT_MS) throw error
        await delay(RETRY_MS)
      }
    }
    return 0
  }
}
