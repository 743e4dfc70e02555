import { create as createGentle } from './perf-monitor-profiled.js'

export function create() {
  return createGentle(false)
}
