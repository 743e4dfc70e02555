// The monitor that the subjects share: as an app has it, started and with defaults.
import { perfMonitor } from '@perf-monitor/express'

export function createMonitor() {
  return perfMonitor().monitor
}
