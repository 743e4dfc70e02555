import { PerfMonitorError } from '../errors.js'
import type { ProfilerData } from '../types/metrics.js'

/** Profiles on demand. This version takes none: it says so instead of pretending. */
export class PerformanceProfiler {
  get data(): ProfilerData {
    return { available: false, reason: 'this version takes no profiles yet', running: null, profiles: [] }
  }

  /** @throws PerfMonitorError `PERF_NOT_AVAILABLE`, as a rejection */
  async capture(_options: { type: 'cpu' | 'heap'; durationMs: number }): Promise<never> {
    throw new PerfMonitorError('PERF_NOT_AVAILABLE', 'profiles cannot be taken in this version')
  }
}
