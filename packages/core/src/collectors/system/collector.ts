import type { Guard } from '../../guard.js'
import type { SystemMetrics } from '../../types/metrics.js'

export interface CollectorOptions {
  /** `/`, or the top of a fixture tree. */
  root: string
  /** Time for rates. */
  monotonicMs: () => number
}

/** One source of figures. A file that is not there gives `null`; one that cannot be read or understood throws. */
export interface SystemCollector {
  /** Name under which its faults are reported. */
  readonly part: string
  read(): Partial<SystemMetrics>
}

/** Where a part that can lose one half and keep the other reports it; a `Guard`, or what stands for it in the thread. */
export type Containment = Pick<Guard, 'run' | 'report'>

export const EMPTY_SYSTEM_METRICS: Readonly<SystemMetrics> = Object.freeze({
  cpuUsagePercent: null,
  cpuCoresPercent: null,
  memoryTotalBytes: null,
  memoryUsedBytes: null,
  memoryAvailableBytes: null,
  swapUsedBytes: null,
  diskTotalBytes: null,
  diskUsedBytes: null,
  diskReadBytesPerSecond: null,
  diskWriteBytesPerSecond: null,
  disks: null,
  networkRxBytes: null,
  networkTxBytes: null,
  networkRxBytesPerSecond: null,
  networkTxBytesPerSecond: null,
  networkLatencyMs: null,
  loadAverage: null,
  processCount: null,
  uptimeSeconds: null,
  container: null,
  pressure: null,
})

export function clampPercent(value: number): number {
  return Math.min(100, Math.max(0, value))
}
