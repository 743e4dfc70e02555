// OpenTelemetry's spans by their shape, so that every version of its SDK fits: 1.x names parent and scope differently from 2.x and later.

export type HrTime = readonly [seconds: number, nanoseconds: number]

/** What is read of a span. */
export interface BridgedSpan {
  readonly name: string
  /** 0 internal, 1 server, 2 client, 3 producer, 4 consumer. */
  readonly kind: number
  readonly startTime: HrTime
  readonly duration: HrTime
  readonly status: { readonly code: number }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events?: readonly { readonly name: string; readonly attributes?: Readonly<Record<string, unknown>> }[]
  spanContext(): { readonly traceId: string; readonly spanId: string }
  readonly parentSpanContext?: { readonly spanId: string; readonly isRemote?: boolean } | undefined
  /** SDK 1.x */
  readonly parentSpanId?: string | undefined
  readonly instrumentationScope?: { readonly name: string } | undefined
  /** SDK 1.x */
  readonly instrumentationLibrary?: { readonly name: string } | undefined
}

export const SERVER = 1
export const CLIENT = 2
export const PRODUCER = 3
export const CONSUMER = 4
const STATUS_ERROR = 2

/** Of the span in this process that it belongs to; a request that the app sends to itself is not a part of its caller. */
export function parentIdOf(span: BridgedSpan): string | null {
  if (span.kind === SERVER || span.parentSpanContext?.isRemote === true) return null
  return span.parentSpanContext?.spanId ?? span.parentSpanId ?? null
}

export function scopeOf(span: BridgedSpan): string {
  const name: unknown = span.instrumentationScope?.name ?? span.instrumentationLibrary?.name
  return typeof name === 'string' ? name : ''
}

export function isError(span: BridgedSpan): boolean {
  return span.status?.code === STATUS_ERROR
}

/** What `span.recordException()` noted last, as an error; `undefined` when it noted nothing. */
export function exceptionOf(span: BridgedSpan): Error | undefined {
  const attributes = span.events?.findLast(({ name }) => name === 'exception')?.attributes
  if (attributes === undefined) return undefined
  const { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack } = attributes
  const error = new Error(typeof message === 'string' ? message : '')
  error.name = typeof type === 'string' && type !== '' ? type : 'Error'
  error.stack = typeof stack === 'string' ? stack : '' // not this one's own: it was thrown elsewhere
  return error
}

/** NaN for what is no time. */
export function msOf(time: HrTime | undefined): number {
  return Array.isArray(time) ? Number(time[0]) * 1000 + Number(time[1]) / 1e6 : Number.NaN
}

/** The first of these attributes that is a text with something in it. */
export function text(span: BridgedSpan, ...names: string[]): string | null {
  for (const name of names) {
    const value = span.attributes?.[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

export function number(span: BridgedSpan, ...names: string[]): number | null {
  for (const name of names) {
    const value = span.attributes?.[name]
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value)
  }
  return null
}
