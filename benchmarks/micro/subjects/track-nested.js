import { INDEX_MASK } from '../durations.js'
import { createMonitor } from './monitor.js'

export function create() {
  const monitor = createMonitor()
  return (durations, count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += monitor.track('bench', 'outer', () => monitor.track('bench', 'inner', () => durations[i & INDEX_MASK]))
    }
    return sum
  }
}
