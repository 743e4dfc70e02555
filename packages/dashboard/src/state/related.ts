// What shows a finding, and which finding a line of code has: the ways from a figure to its reason and back.
import type { PerformanceBottleneck, SourceLocation } from '../../../core/src/types/findings.js'
import type { ComponentPerformanceMetrics, ProfilePlace } from '../../../core/src/types/metrics.js'
import type { OperationName, Trace } from '../../../core/src/types/traces.js'
import { callersOf } from './operations.js'
import type { Findings, State } from './state.js'

const MAX_LEVELS = 8 // deeper than any app calls; bounds a circle of callers

export interface ErrorGroup {
  class: string
  /** Of the newest one. */
  message: string
  location: SourceLocation | null
  count: number
  newest: Trace
}

export function findingOf({ findings, route }: State): PerformanceBottleneck | undefined {
  return (
    findings?.bottlenecks.find(({ id }) => id === route.id) ??
    findings?.resolved.find(({ bottleneck }) => bottleneck.id === route.id)?.bottleneck
  )
}

/** Whose kept requests the view shows: those of its operation, or of the route that calls the finding's operation most. */
export function tracedOperation(state: State): OperationName | null {
  const { view, component, operation } = state.route
  if (view === 'operation') return component === null || operation === null ? null : { component, operation }
  const finding = view === 'finding' ? findingOf(state) : undefined
  if (finding === undefined || finding.component === null || finding.operation === null) return null
  return requestOf(state.snapshot?.componentMetrics ?? {}, {
    component: finding.component,
    operation: finding.operation,
  })
}

/** The route at the top of what calls it; itself where nothing does. */
export function requestOf(
  components: Readonly<Record<string, ComponentPerformanceMetrics>>,
  name: OperationName,
): OperationName {
  let { component, operation } = name
  for (let level = 0; level < MAX_LEVELS; level++) {
    const caller = callersOf(components, component, operation)[0]
    if (caller === undefined) break
    component = caller.component
    operation = caller.operation
  }
  return { component, operation }
}

/** How many of its calls were made from this line, its own failure counted as one. */
export function callsFrom(trace: Trace, location: SourceLocation): number {
  const calls = trace.spans.reduce((sum, { site }) => sum + (sameLine(site, location) ? 1 : 0), 0)
  return calls + (sameLine(trace.error?.location ?? null, location) ? 1 : 0)
}

/** What of a profile was spent at this line, or elsewhere in its function. */
export function percentAt(places: readonly ProfilePlace[], location: SourceLocation): number {
  const own = places.filter((place) => sameLine(place.location, location) || sameFunction(place.location, location))
  return own.reduce((sum, { percent }) => sum + percent, 0)
}

export function findingAt(findings: Findings | null, location: SourceLocation): PerformanceBottleneck | undefined {
  return findings?.bottlenecks.find((finding) => sameLine(finding.location, location))
}

/** Failed requests by class and place, the most frequent first. */
export function errorsOf(traces: readonly Trace[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>()
  for (const trace of traces) {
    const { error } = trace
    if (error === null) continue
    const key = `${error.class} ${error.location?.file}:${error.location?.line}`
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { ...error, count: 1, newest: trace })
    else {
      const newest = trace.startedAt > known.newest.startedAt ? trace : known.newest
      groups.set(key, { ...known, message: newest.error?.message ?? '', newest, count: known.count + 1 })
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}

function sameLine(a: SourceLocation | null, b: SourceLocation): boolean {
  return a !== null && a.file === b.file && a.line === b.line
}

function sameFunction(a: SourceLocation, b: SourceLocation): boolean {
  return a.function !== null && a.function === b.function && a.file === b.file
}
