// Kept requests as trees of what they called, handlers seen through, for the rules that ask in which order and with what overlap.
import type { Captures } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import { quantileOf, settledFrom } from '../types/reading.js'
import type { OperationName, Trace } from '../types/traces.js'
import type { MetricsWindow } from '../types/window.js'

export interface Step {
  readonly component: string
  readonly operation: string
  readonly startMs: number
  readonly endMs: number
  readonly durationMs: number
  readonly success: boolean
  readonly site: SourceLocation | null
  readonly steps: Step[]
}

/** Of fewer requests nothing is said about how they usually go. */
export const MIN_TRACES = 3
const MAX_TRACES = 40 // the slowest first; a pattern shows in far fewer

/** Complete ones that began after start-up (all of them where too few did), the slowest first. */
export function tracesOf(window: MetricsWindow, captures: Captures, of: OperationName): readonly Trace[] {
  const all = captures
    .traces({ component: of.component, operation: of.operation })
    .filter(({ outcome }) => outcome !== 'aborted')
  const from = settledFrom(window)
  const settledAt = from === 0 ? Number.NEGATIVE_INFINITY : (window.timestamps[from] ?? Number.POSITIVE_INFINITY)
  const settled = all.filter(({ startedAt }) => Date.parse(startedAt) >= settledAt)
  return (settled.length >= MIN_TRACES ? settled : all).slice(0, MAX_TRACES)
}

/** What the request itself called, in the order of the starts. */
export function stepsOf(trace: Trace): Step[] {
  const top: Step[] = []
  const made: (Step | null)[] = []
  for (const span of trace.spans) {
    const around = enclosing(trace, span.parent)
    if (span.component === 'handler') {
      made.push(null)
      continue
    }
    const endMs = span.durationMs === null ? trace.durationMs : span.startMs + span.durationMs
    const step: Step = {
      component: span.component,
      operation: span.operation,
      startMs: span.startMs,
      endMs,
      durationMs: Math.max(0, endMs - span.startMs),
      success: span.success,
      site: span.site,
      steps: [],
    }
    made.push(step)
    const parent = around === null ? null : (made[around] ?? null)
    if (parent === null) top.push(step)
    else parent.steps.push(step)
  }
  return top
}

/** All steps of a tree with the steps beside them, callers before what they called. */
export function* levels(steps: readonly Step[]): Generator<readonly Step[]> {
  if (steps.length > 0) yield steps
  for (const step of steps) yield* levels(step.steps)
}

/** Time in which at least one of them ran. */
export function unionMs(steps: readonly { startMs: number; endMs: number }[]): number {
  let total = 0
  let coveredTo = Number.NEGATIVE_INFINITY
  for (const { startMs, endMs } of [...steps].sort((a, b) => a.startMs - b.startMs)) {
    if (endMs <= coveredTo) continue
    total += endMs - Math.max(startMs, coveredTo)
    coveredTo = endMs
  }
  return total
}

export function sumMs(steps: readonly { durationMs: number }[]): number {
  return steps.reduce((sum, { durationMs }) => sum + durationMs, 0)
}

/** 0 of nothing. */
export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5) ?? 0
}

export function isSame(a: OperationName, b: OperationName): boolean {
  return a.component === b.component && a.operation === b.operation
}

/** The nearest span around that is no handler. */
function enclosing(trace: Trace, parent: number | null): number | null {
  let index = parent
  for (let n = 0; index !== null && n < trace.spans.length; n++) {
    const span = trace.spans[index]
    if (span === undefined) return null
    if (span.component !== 'handler') return index
    index = span.parent
  }
  return null
}
