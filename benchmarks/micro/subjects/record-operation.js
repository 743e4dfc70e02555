import { INDEX_MASK } from '../durations.js'
import { createMonitor } from './monitor.js'

export function create() {
  const monitor = createMonitor()
  return (durations, count) => {
    for (let i = 0; i < count; i++) monitor.recordOperation('bench', 'task', durations[i & INDEX_MASK])
  }
}
