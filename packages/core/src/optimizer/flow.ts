// What a route calls, at any depth, per run of the route. Handlers are seen through: what begins in one is its route's call as well.
import type { ChildView, MetricsWindow, OperationView } from '../types/window.js'
import { findOperation, type NamedOperation } from './calls.js'

export interface Call extends NamedOperation {
  readonly view: OperationView | null
  /** Who makes it: the route, or an operation that the route calls. */
  readonly caller: OperationView
  readonly callsPerRun: number
  readonly callsPerCaller: number
  /** Summed durations per run of the route: more than its time where calls overlap. */
  readonly msPerRun: number
  readonly meanMs: number
  /** Calls nothing that is measured but waits of its own. */
  readonly isLeaf: boolean
}

/** From here on calls of one run are a pattern of the code, not a few things that happen to be needed. */
export const MANY_CALLS = 5

const MAX_DEPTH = 8 // route, service, repository, driver: deeper trees are recursion
const MAX_CALLS = 300 // of one route
const SOCKET_WAIT = 'agent ' // a pool of sockets belongs to the HTTP agent

const callsOfRoot = new WeakMap<MetricsWindow, Map<OperationView, readonly Call[]>>()

/** The costliest first. */
export function callsOf(window: MetricsWindow, root: OperationView): readonly Call[] {
  let known = callsOfRoot.get(window)
  if (known === undefined) {
    known = new Map()
    callsOfRoot.set(window, known)
  }
  let calls = known.get(root)
  if (calls === undefined) {
    const found: Call[] = []
    walk(window, { caller: root, runs: 1, depth: 0, path: new Set([root]) }, found)
    calls = found.sort((a, b) => b.msPerRun - a.msPerRun)
    known.set(root, calls)
  }
  return calls
}

export function meanMsOf(operation: OperationView): number {
  return operation.count === 0 ? 0 : operation.totalMs / operation.count
}

/** Waiting for a connection of a pool, sockets of an HTTP agent included. */
export function isPoolWait({ component }: NamedOperation): boolean {
  return component === 'pool'
}

export function isSocketWait({ component, operation }: NamedOperation): boolean {
  return component === 'pool' && operation.startsWith(SOCKET_WAIT)
}

/** Opening a connection to a database, as the drivers' instruments name it. */
export function isDatabaseConnect({ component, operation }: NamedOperation): boolean {
  return component === 'db' && operation.startsWith('(connect')
}

/** Work or a wait in its own right: not a connection, not a part of another call. */
export function isOwnCall(call: NamedOperation): boolean {
  return !isPoolWait(call) && call.component !== 'connect' && call.component !== 'handler' && !isDatabaseConnect(call)
}

/** Share of the calls of `of` that failed, whoever made them. */
export function failureShareOf({ view }: Pick<Call, 'view'>): number {
  if (view === null) return 0
  const ended = view.failedCount + view.successfulCount
  return ended === 0 ? 0 : view.failedCount / ended
}

interface Walk {
  readonly caller: OperationView
  /** Of the caller per run of the route. */
  readonly runs: number
  readonly depth: number
  readonly path: ReadonlySet<OperationView>
}

function walk(window: MetricsWindow, { caller, runs, depth, path }: Walk, found: Call[]): void {
  if (caller.count === 0) return
  for (const child of caller.children) {
    if (found.length >= MAX_CALLS) return
    // a view's own name is left out of its calls: recursion would count itself
    if (child.component === 'handler' || child.calls <= 0) continue
    const view = findOperation(window, child)
    if (view !== null && path.has(view)) continue
    found.push(callOf({ child, view, caller, runs }))
    if (view === null || view.children.length === 0 || depth + 1 >= MAX_DEPTH) continue
    walk(
      window,
      { caller: view, runs: (runs * child.calls) / caller.count, depth: depth + 1, path: new Set([...path, view]) },
      found,
    )
  }
}

function callOf(of: { child: ChildView; view: OperationView | null; caller: OperationView; runs: number }): Call {
  const { child, view, caller, runs } = of
  const callsPerCaller = child.calls / caller.count
  return {
    component: child.component,
    operation: child.operation,
    view,
    caller,
    callsPerRun: runs * callsPerCaller,
    callsPerCaller,
    msPerRun: (runs * child.totalMs) / caller.count,
    meanMs: child.totalMs / child.calls,
    isLeaf: view === null || !view.children.some(isOwnCall),
  }
}
