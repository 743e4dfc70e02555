// From where operations are called: the first frame of the app's own code, of some calls of each pair of caller and callee.
// A capture takes about 12 us, so that what decides whether one is due must cost nothing.
import { type RawFrame, sampleStack } from './frames.js'
import type { Operation } from './operation.js'
import type { OperationSpan, Span, TracedSpan } from './span.js'

const FIRST_SAMPLES = 5 // of each pair, at once: a short life must be enough
const DENSE_SAMPLES = 20 // until here once a second
const DENSE_INTERVAL_MS = 1000
const SPARSE_INTERVAL_MS = 10_000
const MAX_SKIPPED = 3 // calls left out when one is due: else it was always the first one of a request
const SAMPLES_PER_SECOND = 50 // of all operations together: 0.6 ms of each second
const BURST = 8
const MAX_HANDOVER_MS = 5 // a pool hands its connection on in the same turn; a loaded one may be late
const MAX_CALLERS = 64 // of one operation
const MAX_SITES = 16 // of one pair
const MAX_UNPLACED_SHARE = 0.5 // of the looks that found one: beyond it there may well be another place
const MAX_UNNAMED = 20 // sampled in a request before its route was known

export interface RawSite {
  readonly frame: RawFrame
  samples: number
}

/** One caller of an operation; `null` as the caller: nothing that is measured, or a request without a route. */
export interface CallEdge {
  readonly sites: RawSite[]
  taken: number
  /** Looks that found no place. */
  unplaced: number
  dueMs: number
  skip: number
  /** Calls that are sampled whatever the time. */
  burst: number
}

export interface CallSitesOptions {
  maxCallSites: number
  onPlace: (frame: RawFrame) => void
  /** 0 to 1. */
  random: () => number
}

export class CallSites {
  readonly limit: number
  /** Places kept, over all pairs. */
  used = 0
  /** Places that limits turned away. */
  rejected = 0
  readonly #onPlace: (frame: RawFrame) => void
  readonly #random: () => number
  #tokens = SAMPLES_PER_SECOND
  #tokensAtMs = Number.NEGATIVE_INFINITY

  constructor({ maxCallSites, onPlace, random }: CallSitesOptions) {
    this.limit = maxCallSites
    this.#onPlace = onPlace
    this.#random = random
  }

  /** A call that may be due: `operation.siteCaller` and `siteDueMs` spare the rest this look. */
  visit(span: OperationSpan, parent: Span | null, caller: Operation | null): void {
    const { operation, startMs } = span
    const edge = this.#edgeOf(operation, caller)
    operation.siteCaller = caller
    operation.siteDueMs = edge.dueMs
    if (startMs < edge.dueMs || edge.skip-- > 0 || !this.#take(startMs)) return
    this.#plan(edge, operation, startMs)
    const sample = sampleStack()
    const wait = sample === null ? waitOf(span, parent) : null
    const frame = sample?.frame ?? wait?.site ?? null
    if (frame === null) {
      edge.unplaced++
      if (wait !== null) this.#sampleNext(wait.operation, caller)
      return
    }
    span.site = frame
    const handler = span.inHandler
    if (handler !== null) {
      this.#add(this.#edgeOf(operation, handler.operation), frame)
      if (sample !== null && sample.entry !== null) noteDefinition(handler.operation, sample.entry)
    }
    if (parent !== null && caller === null && parent.log !== null) {
      if (parent.log.unnamed.length < MAX_UNNAMED) parent.log.unnamed.push(span)
    } else this.#add(edge, frame)
  }

  /** The route of a request is known: what was sampled before belongs to it. */
  name(spans: readonly OperationSpan[], caller: Operation): void {
    for (const { operation, site } of spans) if (site !== null) this.#add(this.#edgeOf(operation, caller), site)
  }

  /** The next waits are looked at, so that one of them is that of the call that is wanted. */
  #sampleNext(wait: Operation, caller: Operation | null): void {
    const edge = this.#edgeOf(wait, caller)
    if (edge.dueMs === Number.POSITIVE_INFINITY) return
    edge.dueMs = 0
    edge.skip = 0
    edge.taken = Math.min(edge.taken, DENSE_SAMPLES - 1)
    edge.burst = BURST
    wait.siteDueMs = 0
  }

  #plan(edge: CallEdge, operation: Operation, nowMs: number): void {
    edge.taken++
    if (edge.taken < FIRST_SAMPLES || edge.burst-- > 0) return
    edge.burst = 0
    edge.skip = Math.floor(this.#random() * (MAX_SKIPPED + 1))
    edge.dueMs = nowMs + (edge.taken < DENSE_SAMPLES ? DENSE_INTERVAL_MS : SPARSE_INTERVAL_MS)
    operation.siteDueMs = edge.dueMs
  }

  #edgeOf(operation: Operation, caller: Operation | null): CallEdge {
    operation.callers ??= new Map()
    const known = operation.callers.get(caller)
    if (known !== undefined) return known
    const edge: CallEdge = { sites: [], taken: 0, unplaced: 0, dueMs: 0, skip: 0, burst: 0 }
    if (operation.callers.size < MAX_CALLERS) {
      operation.callers.set(caller, edge)
      return edge
    }
    this.rejected++
    edge.dueMs = Number.POSITIVE_INFINITY // never sampled
    return edge
  }

  #add(edge: CallEdge, frame: RawFrame): void {
    for (const site of edge.sites) {
      if (site.frame === frame) {
        site.samples++
        return
      }
    }
    if (edge.sites.length >= MAX_SITES || this.used >= this.limit) {
      this.rejected++
      return
    }
    this.used++
    edge.sites.push({ frame, samples: 1 })
    this.#onPlace(frame)
  }

  #take(nowMs: number): boolean {
    const refill = (nowMs - this.#tokensAtMs) * (SAMPLES_PER_SECOND / 1000)
    if (refill >= 1) {
      this.#tokens = Math.min(SAMPLES_PER_SECOND, this.#tokens + Math.floor(refill))
      this.#tokensAtMs = nowMs
    }
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

/**
 * A pool calls the driver where another request gave its connection back: no frame of the app is on the stack. The call that
 * waited for the connection has it: the run around this one, or the wait beside it that ended just now.
 */
function waitOf(span: OperationSpan, parent: Span | null): OperationSpan | null {
  if (parent === null) return null
  const around = parent.operationSpan
  if (around !== null && isDriver(around.operation.component)) return around
  const spans = parent.log?.spans ?? []
  for (let i = spans.length - 1; i >= 0; i--) {
    const beside = (spans[i] as TracedSpan).operationSpan
    if (beside === null || beside === span || beside.outer !== parent || !beside.ended) continue
    if (beside.operation.component !== 'pool') continue
    return span.startMs - (beside.startMs + beside.durationMs) <= MAX_HANDOVER_MS ? beside : null
  }
  return null
}

function isDriver(component: string): boolean {
  return component === 'pool' || component === 'db'
}

/** The only place that is known of a pair, unless calls from elsewhere may have gone unseen. */
export function onlySite(edge: CallEdge | undefined): RawFrame | null {
  const [site, ...more] = edge?.sites ?? []
  if (edge === undefined || site === undefined || more.length > 0) return null
  return edge.unplaced > site.samples * MAX_UNPLACED_SHARE ? null : site.frame
}

/** `null` once two samples disagreed. */
function noteDefinition(operation: Operation, frame: RawFrame): void {
  if (operation.definition === undefined) operation.definition = frame
  else if (operation.definition !== frame) operation.definition = null
}
