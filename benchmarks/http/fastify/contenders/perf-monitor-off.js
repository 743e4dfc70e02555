import { NOTHING } from '../../perf-monitor.js'
import { create as createDefault } from './perf-monitor.js'

export function create() {
  return createDefault(NOTHING)
}
