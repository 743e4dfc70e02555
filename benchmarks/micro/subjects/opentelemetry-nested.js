import { INDEX_MASK } from '../durations.js'
import { createTracer } from './opentelemetry-tracer.js'

export function create(options) {
  const tracer = createTracer(options)
  return (durations, count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += tracer.startActiveSpan('outer', (outer) => {
        const value = tracer.startActiveSpan('inner', (inner) => {
          const found = durations[i & INDEX_MASK]
          inner.end()
          return found
        })
        outer.end()
        return value
      })
    }
    return sum
  }
}
