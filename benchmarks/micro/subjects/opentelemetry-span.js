import { createTracer } from './opentelemetry-tracer.js'

export function create() {
  const tracer = createTracer()
  return (_durations, count) => {
    for (let i = 0; i < count; i++) tracer.startSpan('task').end()
  }
}
