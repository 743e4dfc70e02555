// What the monitor measures itself is not counted a second time: which instrumentations of OpenTelemetry do the work of which instrument.
import type { BridgeHost, InstrumentName } from '@perf-monitor/core/adapter'
import { isHttpServer, requestOf } from './classify.js'
import { libraryOf } from './names.js'
import { type BridgedSpan, CLIENT, scopeOf } from './spans.js'

/** By the library in the instrumentation's name: `@opentelemetry/instrumentation-pg`, `opentelemetry-instrumentation-mongoose`. */
const INSTRUMENTS: Readonly<Record<string, InstrumentName>> = {
  http: 'http',
  undici: 'fetch',
  fetch: 'fetch',
  pg: 'pg',
  mysql2: 'mysql2',
  ioredis: 'ioredis',
  redis: 'redis',
  'redis-4': 'redis',
  mongodb: 'mongodb',
  mongoose: 'mongoose',
  'better-sqlite3': 'better-sqlite3',
}
/** Handlers and middleware, which the adapters time. */
const FRAMEWORKS: ReadonlySet<string> = new Set([
  'express',
  'fastify',
  'otel',
  'koa',
  'connect',
  'router',
  'nestjs-core',
  'hono',
])
const INSTRUMENTATION = /instrumentation|opentelemetry|^@fastify\/otel$/ // an app's own `@acme/http` is none

export function isMeasured(span: BridgedSpan, host: BridgeHost): boolean {
  if (isHttpServer(span)) return host.hasAdapter || host.isIgnored(requestOf(span))
  const scope = scopeOf(span)
  if (!INSTRUMENTATION.test(scope)) return false
  const library = libraryOf(scope)
  if (FRAMEWORKS.has(library)) return host.hasAdapter
  const instrument = INSTRUMENTS[library]
  if (instrument === undefined) return false
  // `http` and `undici` also have spans of another kind
  if ((instrument === 'http' || instrument === 'fetch') && span.kind !== CLIENT) return false
  return host.isMeasured(instrument)
}
