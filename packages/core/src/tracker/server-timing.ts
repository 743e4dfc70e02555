// The `Server-Timing` response header (W3C): what is known of a request's time when its head is written. Off unless asked for.
import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { Span, TracedSpan } from './span.js'

const NAME = 'Server-Timing'
const SWITCHING_PROTOCOLS = 101
/** Component → as the header names it: tokens. */
const COMPONENTS = ['db', 'http-client', 'pool', 'handler'] as const

type Headers = Record<string, OutgoingHttpHeader | undefined>
type WriteHead = (this: ServerResponse, ...args: unknown[]) => unknown

/** Adds the header to whatever the app sets. `timing` is asked when the head is written, and must not throw. */
export function announceTiming(response: ServerResponse, timing: () => string | null): void {
  const original = response.writeHead as unknown as WriteHead
  const writeHead: WriteHead = function (status, ...rest) {
    const value = this.headersSent || status === SWITCHING_PROTOCOLS ? null : timing()
    return original.call(this, status, ...(value === null ? rest : withTiming(this, rest, value)))
  }
  response.writeHead = writeHead as unknown as ServerResponse['writeHead']
}

/** `total;dur=12.3, db;dur=5.1`: components as far as calls are listed, each without what it called of its own kind. */
export function timingOf(exchange: Span, nowMs: number): string {
  const sums = new Map<string, number>()
  for (const span of exchange.log?.spans ?? []) {
    const { component } = span.operation
    if (isWithinItsKind(span)) continue
    const durationMs = span.ended ? span.durationMs : nowMs - span.startMs
    sums.set(component, (sums.get(component) ?? 0) + durationMs)
  }
  const entries = [`total;dur=${shown(nowMs - exchange.startMs)}`]
  for (const component of COMPONENTS) {
    const sum = sums.get(component)
    if (sum !== undefined) entries.push(`${component};dur=${shown(sum)}`)
  }
  return entries.join(', ')
}

function isWithinItsKind(span: TracedSpan): boolean {
  const { component } = span.operation
  if (component === 'handler') return 'interrupted' in span && span.interrupted !== null
  return span.outer?.operationSpan?.operation.component === component
}

function shown(ms: number): string {
  return Math.max(0, ms).toFixed(1)
}

/** Arguments behind the status. Headers given there win over those set before, so the value goes where they are. */
function withTiming(response: ServerResponse, rest: unknown[], value: string): unknown[] {
  const position = typeof rest[0] === 'string' ? 1 : 0
  const headers = rest[position]
  const set = response.getHeader(NAME)
  if (headers === null || headers === undefined) {
    response.setHeader(NAME, joined(set, value))
    return rest
  }
  const given = [...rest]
  if (Array.isArray(headers)) given[position] = withEntry(headers, set, value)
  else {
    const copy = { ...(headers as Headers) }
    const key = Object.keys(copy).find((name) => name.toLowerCase() === NAME.toLowerCase()) ?? NAME
    copy[key] = joined(copy[key] ?? set, value)
    given[position] = copy
  }
  return given
}

/** Names and values in turn, or pairs of them. */
function withEntry(headers: unknown[], set: OutgoingHttpHeader | undefined, value: string): unknown[] {
  const isPairs = Array.isArray(headers[0])
  const copy = isPairs ? headers.map((pair) => [...(pair as unknown[])]) : [...headers]
  const isOurs = (name: unknown) => String(name).toLowerCase() === NAME.toLowerCase()
  if (isPairs) {
    const pair = (copy as unknown[][]).find(([name]) => isOurs(name))
    if (pair === undefined) copy.push([NAME, joined(set, value)])
    else pair[1] = joined(pair[1] as OutgoingHttpHeader, value)
    return copy
  }
  for (let i = 0; i < copy.length; i += 2) {
    if (!isOurs(copy[i])) continue
    copy[i + 1] = joined(copy[i + 1] as OutgoingHttpHeader, value)
    return copy
  }
  copy.push(NAME, joined(set, value))
  return copy
}

function joined(before: OutgoingHttpHeader | undefined, value: string): string {
  const list = before === undefined || before === '' ? [] : [before].flat()
  return [...list, value].join(', ')
}
