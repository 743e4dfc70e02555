// The tracer that the subjects share. In a loop without a turn its queue is full soon, and what does not fit is dropped.
import { trace } from '@opentelemetry/api'
import { AlwaysOffSampler, AlwaysOnSampler } from '@opentelemetry/sdk-trace-base'
import { registerSpans } from '../../lib/spans.js'

export function createTracer({ isSampled = true } = {}) {
  registerSpans(isSampled ? new AlwaysOnSampler() : new AlwaysOffSampler())
  return trace.getTracer('benchmark')
}
