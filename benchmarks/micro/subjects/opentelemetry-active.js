import { INDEX_MASK } from '../durations.js'
import { createTracer } from './opentelemetry-tracer.js'

export function create(options) {
  const tracer = createTracer(options)
  return (durations, count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += tracer.startActiveSpan('task', (span) => {
        const value = durations[i & INDEX_MASK]
        span.end()
        return value
      })
    }
    return sum
  }
}
