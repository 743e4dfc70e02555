// How rules of operations say names, places and figures.
import type { Captures } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import type { OperationName, Trace } from '../types/traces.js'
import { formatCount, formatMs, operationLabel, printable } from '../types/units.js'
import type { OperationView } from '../types/window.js'
import { isDatabaseConnect } from './flow.js'
import type { Felt } from './gain.js'
import { isSame } from './steps.js'

const BALANCED_SHARE = 0.2 // of the samples of the most frequent place: a place of its own, not an accident of sampling
const MAX_SIBLINGS = 10 // other calls of the caller whose place is compared
const MAX_HANDLERS = 5 // looked at: a route has two or three of its own
const READ_QUERY =
  /^\s*\(?\s*(?:select|with|show|explain|find|findone|aggregate|count|distinct|get|mget|hget|hgetall|exists|zrange|lrange|smembers)\b/i
const SAFE_REQUEST = /^(?:GET|HEAD|OPTIONS) /

/** A query as it is, a route by its name, anything else with its component. */
export function nameOf(of: OperationName): string {
  return of.component === 'db' ? `\`${printable(of.operation)}\`` : `\`${operationLabel(of)}\``
}

export function perRun({ component }: OperationName): string {
  return component === 'http' ? 'request' : 'run'
}

/** `src/orders.ts:42`. */
export function placeText({ file, line }: SourceLocation): string {
  return `${printable(file)}:${line}`
}

/** `, from src/orders.ts:42`, or nothing. */
export function from(location: SourceLocation | null): string {
  return location === null ? '' : `, from ${placeText(location)}`
}

export function times(count: number): string {
  return formatCount(count >= 10 ? Math.round(count) : Number(count.toFixed(1)))
}

/** `p95 would fall from 480 ms to about 60 ms`. */
export function wouldFall({ metric, p95Ms }: Felt, predictedMs: number): string {
  const what = metric === 'p95Ms' ? 'p95' : 'p95 to the first byte'
  return `${what} would fall from ${formatMs(p95Ms)} to about ${formatMs(predictedMs)}`
}

/**
 * From where it is called, the most frequent place first: by the pair, by the kept requests, by anybody. What the caller's other calls
 * go through as well is a helper (`query()`, `getJson()`): where the caller begins tells more.
 */
export function placesOf(
  captures: Captures,
  of: { child: OperationName; caller: OperationView; traces?: readonly Trace[] },
): SourceLocation[] {
  const child = { component: of.child.component, operation: of.child.operation }
  const caller = { component: of.caller.component, operation: of.caller.operation }
  const defined = definitionOf(captures, of.caller)
  for (const sites of [captures.callSites(child, caller), captures.callSites(child, null)]) {
    const most = sites[0]?.samples ?? 0
    const places =
      most > 0
        ? sites.filter(({ samples }) => samples >= BALANCED_SHARE * most).map(({ location }) => location)
        : tracedPlaces(child, of.traces ?? [])
    const [only] = places
    if (only === undefined) continue
    return places.length === 1 && defined !== null && isHelper(captures, of, only) ? [defined] : places
  }
  return defined === null ? [] : [defined]
}

function isHelper(
  captures: Captures,
  { child, caller }: { child: OperationName; caller: OperationView },
  place: SourceLocation,
): boolean {
  const parent = { component: caller.component, operation: caller.operation }
  return (
    caller.children
      // a connection is opened from the line of the query that needs it
      .filter((other) => other.component === child.component && other.operation !== child.operation)
      .filter((other) => !isDatabaseConnect(other))
      .slice(0, MAX_SIBLINGS)
      .some(({ component, operation }) => {
        const location = captures.callSites({ component, operation }, parent)[0]?.location
        return location !== undefined && isSamePlace(location, place)
      })
  )
}

function isSamePlace(a: SourceLocation, b: SourceLocation): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column
}

/** Where the operation's own code begins: its function, else that of the handler which takes most of its time. */
export function definitionOf(captures: Captures, operation: OperationView): SourceLocation | null {
  const own = captures.definition({ component: operation.component, operation: operation.operation })
  if (own !== null) return own
  const handlers = operation.children
    .filter(({ component }) => component === 'handler')
    .sort((a, b) => b.totalMs - a.totalMs)
  for (const { component, operation: name } of handlers.slice(0, MAX_HANDLERS)) {
    const defined = captures.definition({ component, operation: name })
    if (defined !== null) return defined
  }
  return null
}

/** Whether it only reads, as far as its name says; `null` where that says nothing. */
export function readsOnly({ component, operation }: OperationName): boolean | null {
  if (component === 'http' || component === 'http-client') return SAFE_REQUEST.test(operation)
  if (component === 'db') return READ_QUERY.test(operation)
  return null
}

function tracedPlaces(child: OperationName, traces: readonly Trace[]): SourceLocation[] {
  const places = new Map<string, SourceLocation>()
  for (const { spans } of traces) {
    for (const span of spans) {
      if (span.site !== null && isSame(span, child)) places.set(placeText(span.site), span.site)
    }
  }
  return [...places.values()]
}
