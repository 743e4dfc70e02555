import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { OperationMetrics, PerformanceMonitor } from '@perf-monitor/core'

/** A context manager for all tests of a file, as an app has one. */
export function useContext(): { stop: () => void } {
  const manager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(manager)
  return {
    stop: () => {
      context.disable()
      manager.disable()
    },
  }
}

export function tracerOf(processor: SpanProcessor, scope = 'test') {
  return new BasicTracerProvider({ spanProcessors: [processor] }).getTracer(scope)
}

export function metricsOf(monitor: PerformanceMonitor, component: string, operation: string): OperationMetrics {
  const found = monitor.getSnapshot().componentMetrics[component]?.operationBreakdown[operation]
  if (found === undefined) throw new Error(`no ${component} ${operation}: ${JSON.stringify(namesOf(monitor))}`)
  return found
}

export function namesOf(monitor: PerformanceMonitor): string[] {
  return Object.entries(monitor.getSnapshot().componentMetrics)
    .flatMap(([component, { operationBreakdown }]) =>
      Object.keys(operationBreakdown).map((operation) => `${component} ${operation}`),
    )
    .sort()
}
