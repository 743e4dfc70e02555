import { Inject } from '@nestjs/common'
import { PerformanceMonitor } from '@perf-monitor/core/adapter'

/** Injects the monitor of `PerfMonitorModule`, into a constructor's parameter or a property. */
export function InjectMonitor(): PropertyDecorator & ParameterDecorator {
  return Inject(PerformanceMonitor)
}
