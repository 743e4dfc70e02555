// How often what is asked for, and how much of it.
import type { Part } from '../state/state.js'

export const EVERY_MS: Record<Part, number> = {
  snapshot: 5000,
  history: 5000,
  operation: 5000,
  report: 10_000,
  alerts: 10_000,
  health: 15_000,
  traces: 10_000,
  trace: 60_000, // does not change
  profiles: 2000, // one that runs ends soon
  profile: 2000,
  gauges: 10_000,
}
export const MAX_SHARE_OF_TIME = 0.1 // a report over thousands of operations costs the app: ask at most a tenth of the time
export const OPERATION_STEPS = 150 // one operation sees few requests a second: longer steps hold enough of them for a percentile
export const TRACES_SHOWN = 30
export const GAUGE_STEPS = 150 // levels that change slowly
export const PROFILES_READ = 5 // for the place of a finding: the newest ones say it best
export const FIRST_RETRY_MS = 2000
export const LONGEST_RETRY_MS = 30_000
