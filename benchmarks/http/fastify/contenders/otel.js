import FastifyOtelInstrumentation from '@fastify/otel'
import { SpanKind } from '@opentelemetry/api'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace-base'
import { startTracing } from '../../opentelemetry.js'

/** @param {import('@opentelemetry/sdk-trace-base').Sampler} [sampler] */
export function create(sampler = new AlwaysOnSampler()) {
  const counted = { http: 0, fastify: 0 }
  const fastify = new FastifyOtelInstrumentation()
  startTracing({
    instrumentations: [new HttpInstrumentation(), fastify],
    sampler,
    onSpan: (name, kind) => {
      if (kind === SpanKind.SERVER) counted.http++
      else if (name === 'request') counted.fastify++
    },
  })
  return {
    install: (app) => app.register(fastify.plugin()),
    countRequests: () => Math.min(counted.http, counted.fastify),
  }
}
