// The endpoints of traces: those of all routes or of one operation, the newest first, and a single one.
import { PerfHttpError } from '../errors.js'
import type { PerfResponse } from '../types/http.js'
import type { Trace } from '../types/traces.js'
import { parseTraces } from './query.js'
import { chunked, JSON_TYPE, json } from './respond.js'
import type { RouteContext } from './route.js'

export function tracesRoute({ source, request }: RouteContext): Promise<PerfResponse> {
  return chunked(JSON_TYPE, tracesJson(source.traces.list(parseTraces(request.query))))
}

export function traceRoute({ source, params }: RouteContext): PerfResponse {
  const trace = source.traces.get(params.id ?? '')
  if (trace === null) throw new PerfHttpError('not-found', 'There is no trace with this id, or no longer')
  return json(200, trace)
}

/** One trace a chunk: thousands at once would block the loop. */
function* tracesJson(traces: Iterable<Trace>): Generator<string, void> {
  let separator = '{"traces":['
  for (const trace of traces) {
    yield separator + JSON.stringify(trace)
    separator = ','
  }
  yield separator === ',' ? ']}' : `${separator}]}`
}
