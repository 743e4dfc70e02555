// W3C Trace Context, `traceparent`: strictly as the specification has it, otherwise the request carried none.

export interface TraceContext {
  readonly traceId: string
  readonly parentSpanId: string
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** Lower case only, ids not all zero, version not `ff`; what follows the flags belongs to later versions only. */
export function parseTraceparent(header: string | string[] | undefined): TraceContext | null {
  if (typeof header !== 'string') return null // sent more than once, or not at all
  const match = TRACEPARENT.exec(header)
  if (match === null) return null
  const [, version, traceId = '', parentSpanId = '', more] = match
  if (version === 'ff' || (version === '00' && more !== undefined)) return null
  return traceId === NO_TRACE || parentSpanId === NO_SPAN ? null : { traceId, parentSpanId }
}

/** As the header has it; whether it was sampled is not known, and not asked. */
export function traceparentOf({ traceId, spanId }: { traceId: string; spanId: string }): string {
  return `00-${traceId}-${spanId}-00`
}
