import { profiling } from '../../perf-monitor.js'
import { create as createEverything } from './perf-monitor-everything.js'

/** @param {boolean} [gentle] */
export function create(gentle = true) {
  const contender = createEverything()
  return { ...contender, prepareWindow: profiling(contender.monitorOf, gentle) }
}
