import { createMonitor } from './monitor.js'

export function create() {
  const operation = createMonitor().operation('bench', 'task')
  return (_durations, count) => {
    for (let i = 0; i < count; i++) operation.begin().end()
  }
}
