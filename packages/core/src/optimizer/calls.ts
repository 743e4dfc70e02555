// Reads call trees: where an operation's time goes, by following the child that takes most of it.
import { atOnce } from '../types/reading.js'
import type { ChildView, MetricsWindow, OperationView } from '../types/window.js'

export interface NamedOperation {
  readonly component: string
  readonly operation: string
}

export interface TimeSpent {
  /** `child`: one operation at the end of the path; `component`: several of one component; `own`: in no child of `where`. */
  readonly kind: 'own' | 'child' | 'component'
  /** Who spends it: the child, the operation itself, or the innermost handler whose own code it is. */
  readonly where: NamedOperation
  readonly view: OperationView | null
  /** Of the root's time, 0 to 1. */
  readonly share: number
  readonly callsPerRun: number
  readonly meanMs: number
  /** Whether the calls run one after another: their times add up to the time that the caller was in them. */
  readonly sequential: boolean
  /** `component`: the calls, the costliest first. */
  readonly calls: readonly ChildView[]
}

const DOMINANT_SHARE = 0.5 // one child takes more than everything else together
const DOMINANT_COMPONENT_SHARE = 0.6 // several children of a kind: a little more, as no single one of them stands out
const OVERLAP_TOLERANCE = 0.1 // of the caller's time: how far sums of calls that do not overlap may be apart
const MAX_DEPTH = 12 // route, handler, service, repository, query: deeper trees are recursion

// by window and not by view alone: a view may live on in the next window with other figures
const ownOf = new WeakMap<MetricsWindow, Map<OperationView, number>>()
const callsOf = new WeakMap<MetricsWindow, Map<OperationView, number>>()
const indexOf = new WeakMap<MetricsWindow, Map<string, Map<string, OperationView>>>()

export function findOperation(window: MetricsWindow, { component, operation }: NamedOperation): OperationView | null {
  const index = indexOf.get(window) ?? atOnce(indexOperations(window))
  return index.get(component)?.get(operation) ?? null
}

export function* indexOperations(window: MetricsWindow): Generator<void, Map<string, Map<string, OperationView>>> {
  const index = new Map<string, Map<string, OperationView>>()
  for (const view of window.operations) {
    yield
    let ofComponent = index.get(view.component)
    if (ofComponent === undefined) {
      ofComponent = new Map()
      index.set(view.component, ofComponent)
    }
    ofComponent.set(view.operation, view)
  }
  indexOf.set(window, index)
  return index
}

export function whereTimeGoes(window: MetricsWindow, root: OperationView): TimeSpent {
  let caller = root
  let share = 1
  let callsPerRun = 1
  const seen = new Set([root])
  for (let depth = 0; depth < MAX_DEPTH && caller.totalMs > 0; depth++) {
    const child = costliest(caller.children)
    if (child === null || child.totalMs < DOMINANT_SHARE * caller.totalMs) {
      return ofOneComponent(caller, share, callsPerRun) ?? ownTime(caller, share, callsPerRun)
    }
    share *= Math.min(1, child.totalMs / caller.totalMs)
    callsPerRun *= child.calls / caller.count
    const view = findOperation(window, child)
    if (view === null || view.children.length === 0 || seen.has(view))
      return inChild({ caller, child, view, share, callsPerRun })
    seen.add(view)
    caller = view
  }
  return ownTime(caller, share, callsPerRun)
}

/** Time of an operation that is in no database, outbound request or connection, at any depth: its own code or unmeasured waits. */
export function ownMs(window: MetricsWindow, operation: OperationView): number {
  const figures = figuresOf(ownOf, window)
  const known = figures.get(operation)
  if (known !== undefined) return known
  // before its children are looked at: recursion ends here, and a view that many call is walked once
  figures.set(operation, operation.totalMs)
  let waitingMs = 0
  for (const child of operation.children) {
    if (isWait(child.component)) {
      waitingMs += child.totalMs
      continue
    }
    const view = findOperation(window, child)
    if (view === null || view.totalMs === 0) continue
    waitingMs += child.totalMs * (1 - ownMs(window, view) / view.totalMs)
  }
  const own = Math.max(0, operation.totalMs - waitingMs)
  figures.set(operation, own)
  return own
}

/** Calls of all levels per run: how often a run comes back to the event loop. */
export function callsPerRunOf(window: MetricsWindow, operation: OperationView): number {
  const figures = figuresOf(callsOf, window)
  const known = figures.get(operation)
  if (known !== undefined) return known
  figures.set(operation, 0)
  let calls = 0
  for (const child of operation.children) {
    const view = findOperation(window, child)
    calls += (child.calls / Math.max(1, operation.count)) * (1 + (view === null ? 0 : callsPerRunOf(window, view)))
  }
  figures.set(operation, calls)
  return calls
}

export function isWait(component: string): boolean {
  return component === 'db' || component === 'http-client' || component === 'connect'
}

function figuresOf(
  cache: WeakMap<MetricsWindow, Map<OperationView, number>>,
  window: MetricsWindow,
): Map<OperationView, number> {
  let figures = cache.get(window)
  if (figures === undefined) {
    figures = new Map()
    cache.set(window, figures)
  }
  return figures
}

function costliest(children: readonly ChildView[]): ChildView | null {
  return children.reduce<ChildView | null>((best, child) => (child.totalMs > (best?.totalMs ?? 0) ? child : best), null)
}

function inChild(of: {
  caller: OperationView
  child: ChildView
  view: OperationView | null
  share: number
  callsPerRun: number
}): TimeSpent {
  const { caller, child } = of
  return {
    kind: 'child',
    where: { component: child.component, operation: child.operation },
    view: of.view,
    share: of.share,
    callsPerRun: of.callsPerRun,
    meanMs: child.totalMs / Math.max(1, child.calls),
    sequential: isSequential(caller),
    calls: [child],
  }
}

function ofOneComponent(caller: OperationView, share: number, callsPerRun: number): TimeSpent | null {
  const totals = new Map<string, number>()
  for (const { component, totalMs } of caller.children) totals.set(component, (totals.get(component) ?? 0) + totalMs)
  for (const [component, totalMs] of totals) {
    if (totalMs < DOMINANT_COMPONENT_SHARE * caller.totalMs || component === 'handler') continue
    const calls = caller.children.filter((child) => child.component === component).sort((a, b) => b.totalMs - a.totalMs)
    const count = calls.reduce((sum, child) => sum + child.calls, 0)
    return {
      kind: 'component',
      where: { component, operation: (calls[0] as ChildView).operation },
      view: null,
      share: share * Math.min(1, totalMs / caller.totalMs),
      callsPerRun: callsPerRun * (count / caller.count),
      meanMs: totalMs / Math.max(1, count),
      sequential: isSequential(caller),
      calls,
    }
  }
  return null
}

function ownTime(caller: OperationView, share: number, callsPerRun: number): TimeSpent {
  const ownShare = caller.selfMs === null || caller.totalMs === 0 ? 1 : Math.min(1, caller.selfMs / caller.totalMs)
  return {
    kind: 'own',
    where: { component: caller.component, operation: caller.operation },
    view: caller,
    share: share * ownShare,
    callsPerRun,
    meanMs: caller.totalMs / Math.max(1, caller.count),
    sequential: true,
    calls: [],
  }
}

function isSequential(caller: OperationView): boolean {
  if (caller.selfMs === null) return false
  const inChildrenMs = caller.totalMs - caller.selfMs
  const sumMs = caller.children.reduce((sum, child) => sum + child.totalMs, 0)
  return sumMs - inChildrenMs <= OVERLAP_TOLERANCE * caller.totalMs
}
