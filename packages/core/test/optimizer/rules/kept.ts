import type { Captures } from '../../../src/types/captures.js'
import type { SourceLocation } from '../../../src/types/findings.js'
import type { Trace } from '../../../src/types/traces.js'
import { WINDOW_START } from '../../helpers/window.js'

export interface SpanDescription {
  component: string
  operation: string
  startMs: number
  durationMs: number
  success?: boolean
  parent?: number | null
  site?: SourceLocation
}

/** A kept request of a route. */
export function kept(
  operation: string,
  durationMs: number,
  spans: readonly SpanDescription[],
  of: Partial<Trace> = {},
): Trace {
  return {
    id: `${operation} ${durationMs}`,
    reason: 'typical',
    component: 'http',
    operation,
    startedAt: new Date(WINDOW_START + 30_000).toISOString(),
    durationMs,
    outcome: 'success',
    statusCode: 200,
    traceId: null,
    parentSpanId: null,
    error: null,
    spans: spans.map(({ success = true, parent = null, site = null, ...span }) => ({ success, parent, site, ...span })),
    droppedSpans: 0,
    ...of,
  }
}

export function place(file: string, line: number): SourceLocation {
  return { file, line, column: 3, function: 'handler' }
}

/** Captures that know these requests, and from where each operation is called. */
export function capturing(traces: readonly Trace[], sites: Record<string, SourceLocation[]> = {}): Partial<Captures> {
  return {
    traces: ({ operation }) => traces.filter((trace) => trace.operation === operation),
    callSites: ({ operation }, parent) =>
      parent === null ? [] : (sites[operation] ?? []).map((location) => ({ location, samples: 5 })),
  }
}

/** Calls one after another, `gapMs` apart, from `startMs` on. */
export function oneAfterAnother(
  calls: readonly (readonly [component: string, operation: string, durationMs: number])[],
  { startMs = 1, gapMs = 0.5 } = {},
): SpanDescription[] {
  let at = startMs
  return calls.map(([component, operation, durationMs]) => {
    const span = { component, operation, startMs: at, durationMs }
    at += durationMs + gapMs
    return span
  })
}
