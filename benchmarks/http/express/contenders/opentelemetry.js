import { SpanKind } from '@opentelemetry/api'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace-base'
import { startTracing } from '../../opentelemetry.js'

/** @param {import('@opentelemetry/sdk-trace-base').Sampler} [sampler] */
export function create(sampler = new AlwaysOnSampler()) {
  let count = 0
  startTracing({
    instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()],
    sampler,
    onSpan: (_name, kind) => {
      if (kind === SpanKind.SERVER) count++
    },
  })
  return { install: null, countRequests: () => count }
}
