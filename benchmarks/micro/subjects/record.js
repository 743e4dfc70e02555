import { INDEX_MASK } from '../durations.js'
import { createMonitor } from './monitor.js'

export function create() {
  const operation = createMonitor().operation('bench', 'task')
  return (durations, count) => {
    for (let i = 0; i < count; i++) operation.record(durations[i & INDEX_MASK])
  }
}
