// The blocks that the watchdog captured, by what ran: one operation's are one blocker, as a long function is seen on many of its
// lines. Proven only where it was this process that had the CPU, and not its neighbours on the host.
import type { Captures } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import { mean, measured, settledFrom } from '../types/reading.js'
import type { StallRecord } from '../types/stalls.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { findOperation } from './calls.js'
import { isCrowdedHost } from './cpu.js'
import { traffic } from './impact.js'
import { loopState } from './loop.js'
import { isSameFunction, type Place, type Profiled } from './profiled.js'
import { above } from './slowness.js'
import { syncApi } from './sync-apis.js'

export interface Blocker {
  readonly location: SourceLocation | null
  /** Node's function that took the time. */
  readonly api: string | null
  readonly stack: readonly SourceLocation[]
  /** `null`: a timer, a job, an event of no request. */
  readonly component: string | null
  readonly operation: string | null
  /** Captured ones; 0 where only a profile tells. */
  readonly stallCount: number
  readonly longestMs: number
  /** Of the window. */
  readonly blockedMs: number
  /** How long one of them lasts. */
  readonly blockMs: number
  readonly maxRequestsInFlight: number
  /** Further operations in which the same place blocks. */
  readonly alsoIn: readonly { readonly component: string | null; readonly operation: string | null }[]
  /** Further places, the most first. */
  readonly others: readonly SourceLocation[]
  /** Share of the loop's own CPU that the place takes, by a profile; `null` without one. */
  readonly profileShare: number | null
}

/** A run that holds the loop shorter delays others by less than anybody sees; many of them are load, not a block. */
export const MIN_BLOCK_MS = 15
/** Of the time, for what only a profile shows: below it few meet a block. */
export const MIN_BLOCKED_SHARE = 0.05
/** Two may be a deployment, a collection or a neighbour on the host. */
export const MIN_STALLS = 3
/** Unless they add up to so much: a lone block of seconds is felt as well. */
export const MIN_STALLED_MS = 2000

const RUNS_PER_BLOCK = 3 // requests that come in a block's time: with as many, a turn of the loop may be that long without any block
const OF_BLOCK = 0.5 // of a block's length, which a run that holds the loop lasts at least
const PLACE_SHARE = 0.5 // of what an operation (or all that is outside of them) takes: then a block without a place was there
const SHOWN_PLACES = 3
const SAME_PLACE_SHARE = 0.4 // of an operation's blocks: chance meets another place each time
const SEEN_SHARE = 0.3 // of the blocked time must be seen at a place that no stack names: otherwise the process was not let run
const USUAL_SHARE = 0.1 // of the runs: rarer blocks meet whatever happens to run when the process is stopped
const GC_SHARE = 0.7 // of a block without a place: the longest collection explains it

/** In two lists: what is certain, and what a profile has to show first. */
export function* stalledBlockers(
  window: MetricsWindow,
  { captures, profile }: { captures: Captures; profile: Profiled | null },
): Generator<void, { proven: Blocker[]; unproven: Blocker[] }> {
  const proven: Blocker[] = []
  const unproven: Blocker[] = []
  for (const group of yield* stallGroups(window, captures)) {
    yield
    const blocker = boundByCpu(window, fromStalls(window, { group, profile }))
    const list = isProven(window, { group, blocker, profile }) ? proven : unproven
    list.push(blocker)
  }
  return { proven, unproven }
}

/** What a place took for an operation, or outside of all. */
export function selfOf(place: Place, of: { component: string | null; operation: string | null }): number {
  if (of.operation === null) return place.outside
  return (
    place.operations.find((share) => share.component === of.component && share.operation === of.operation)?.self ?? 0
  )
}

/**
 * A block may be a process that was not let run: other processes had the CPU. It is this app's where the same function is on
 * the stack again and again; on a full host only where a profile shows the time, or where such runs are usual for the operation.
 */
function isProven(
  window: MetricsWindow,
  of: { group: StallGroup; blocker: Blocker; profile: Profiled | null },
): boolean {
  const { group, blocker, profile } = of
  const { location } = blocker
  const isCrowded = isCrowdedHost(window)
  if (location === null) return blocker.operation !== null && profile === null && !isCrowded
  const isSeen = seenMs(window, { group, profile }) >= SEEN_SHARE * group.totalMs
  // a process that is stopped is found wherever it was: in the framework more often than in the app
  if (isCrowded) {
    const isLong = blocker.blockMs >= MIN_BLOCK_MS && blocker.blockedMs >= MIN_BLOCKED_SHARE * window.durationMs
    return isLong && isSeen && !location.file.includes('node_modules/') && isUsual(window, { group, profile })
  }
  const hereMs = group.records.reduce(
    (sum, record) => sum + (record.location !== null && isSameFunction(record.location, location) ? record.totalMs : 0),
    0,
  )
  return hereMs >= SAME_PLACE_SHARE * group.totalMs || isSeen
}

/** While others have the CPU time goes by that is no block: it cannot be longer than the CPU that the place had. */
function boundByCpu(window: MetricsWindow, blocker: Blocker): Blocker {
  // a synchronous call may wait for a disk or a program without any CPU
  if (!isCrowdedHost(window) || syncApi(blocker.api) !== null) return blocker
  const cpuPercent = mean(measured(window.runtime('cpuPercent'), settledFrom(window)))
  if (cpuPercent === null) return blocker
  const cpuMs = (cpuPercent / 100) * (blocker.profileShare ?? 1) * window.durationMs
  const blockedMs = Math.min(blocker.blockedMs, cpuMs)
  return { ...blocker, blockedMs, blockMs: blocker.blockMs * Math.min(1, blockedMs / blocker.blockedMs) }
}

/** Of the window, if it was as in the profile. */
function seenMs(window: MetricsWindow, of: { group: StallGroup; profile: Profiled | null }): number {
  const { group, profile } = of
  if (profile === null || profile.wallMs === 0) return 0
  const self = profile.places.reduce((sum, place) => sum + selfOf(place, group), 0)
  return (self / profile.wallMs) * window.durationMs
}

/** Every tenth run of the operation at least, or as much CPU per run as that. What has no runs is not judged by them. */
function isUsual(window: MetricsWindow, of: { group: StallGroup; profile: Profiled | null }): boolean {
  const { count, totalMs } = of.group
  const runs = operationOf(window, of.group)?.count ?? 0
  return runs === 0 || count >= USUAL_SHARE * runs || seenMs(window, of) >= USUAL_SHARE * runs * (totalMs / count)
}

interface StallGroup {
  component: string | null
  operation: string | null
  records: StallRecord[]
  count: number
  totalMs: number
}

function* stallGroups(window: MetricsWindow, captures: Captures): Generator<void, StallGroup[]> {
  const groups = new Map<string, StallGroup>()
  const settledAt = window.timestamps[settledFrom(window)] ?? window.from
  const longestGcMs = Math.max(0, ...measured(window.runtime('gc.maxPauseMs')))
  for (const record of captures.stalls) {
    yield
    if (Date.parse(record.lastAt) < settledAt && settledFrom(window) > 0) continue
    if (record.location === null && longestGcMs >= GC_SHARE * record.maxMs) continue
    const { component, operation, location } = record
    const place = location === null ? '' : `${location.file} ${location.function ?? location.line}`
    const key = JSON.stringify(operation === null ? [null, place] : [component, operation])
    let group = groups.get(key)
    if (group === undefined) {
      group = { component, operation, records: [], count: 0, totalMs: 0 }
      groups.set(key, group)
    }
    group.records.push(record)
    group.count += record.count
    group.totalMs += record.totalMs
  }
  return [...groups.values()].filter(
    (group) => (group.count >= MIN_STALLS || group.totalMs >= MIN_STALLED_MS) && !isManyRuns(window, group),
  )
}

/** A turn of a loop at its limit serves many requests: it is long, and no run is. That is load, and no block. */
function isManyRuns(window: MetricsWindow, group: StallGroup): boolean {
  const view = operationOf(window, group)
  if (view === null || window.durationMs === 0 || !loopState(window).busy) return false
  const { count, totalMs } = group
  const blockMs = totalMs / count
  if ((traffic(window).count / window.durationMs) * blockMs < RUNS_PER_BLOCK) return false
  return above(view.durations, OF_BLOCK * blockMs) < OF_BLOCK * count
}

function operationOf(window: MetricsWindow, { component, operation }: StallGroup): OperationView | null {
  return component === null || operation === null ? null : findOperation(window, { component, operation })
}

function fromStalls(window: MetricsWindow, of: { group: StallGroup; profile: Profiled | null }): Blocker {
  const { group, profile } = of
  const { component, operation, count, totalMs } = group
  const records = [...group.records].sort((a, b) => b.totalMs - a.totalMs)
  const placed = records.find(({ location }) => location !== null)
  const unplacedMs = records.reduce((sum, record) => sum + (record.location === null ? record.totalMs : 0), 0)
  const place = profile === null ? null : placeOfStalls(window, { profile, group, placed, unplacedMs })
  // a line that the watchdog saw is where it was; what a profile adds is the native call that it made
  const isNative = place !== null && (placed === undefined || place.api !== null)
  const location = isNative ? place.location : (placed?.location ?? null)
  const seen = operation === null ? null : profileTime(window, { component, operation, profile })
  return {
    ...{ location, component, operation },
    api: place?.api ?? null,
    stack: isNative ? place.stack : (placed?.stack ?? []),
    stallCount: count,
    longestMs: Math.max(...records.map(({ maxMs }) => maxMs)),
    // shorter blocks of the same operation are not captured: the profile has them all
    blockedMs: Math.max(totalMs, seen ?? 0),
    blockMs: totalMs / count,
    maxRequestsInFlight: Math.max(...records.map(({ maxRequestsInFlight }) => maxRequestsInFlight)),
    others: othersOf(records, location),
    alsoIn: [],
    profileShare: place?.share ?? null,
  }
}

function othersOf(records: readonly StallRecord[], location: SourceLocation | null): SourceLocation[] {
  return records
    .flatMap((record) => record.location ?? [])
    .filter((other) => location === null || !isSameFunction(other, location))
    .slice(0, SHOWN_PLACES)
}

function placeOfStalls(
  window: MetricsWindow,
  of: { profile: Profiled; group: StallGroup; placed: StallRecord | undefined; unplacedMs: number },
): Place | null {
  const { group, placed, unplacedMs } = of
  const { places, wallMs } = of.profile
  const location = placed?.location ?? null
  if (location !== null && unplacedMs <= PLACE_SHARE * group.totalMs) {
    return (
      places.find((place) => place.location.file === location.file && place.location.line === location.line) ??
      places.find((place) => isSameFunction(place.location, location)) ??
      null
    )
  }
  const timeOf = (place: Place) => selfOf(place, group)
  const all = places.reduce((sum, place) => sum + timeOf(place), 0)
  const main = places.reduce<Place | null>(
    (best, place) => (timeOf(place) > (best === null ? 0 : timeOf(best)) ? place : best),
    null,
  )
  if (main === null || timeOf(main) < PLACE_SHARE * all) return null
  return (timeOf(main) / wallMs) * window.durationMs >= SEEN_SHARE * unplacedMs ? main : null
}

/** CPU that the operation took in the window, if it was as in the profile. */
function profileTime(
  window: MetricsWindow,
  of: { component: string | null; operation: string; profile: Profiled | null },
): number | null {
  if (of.profile === null || of.profile.wallMs === 0) return null
  const self = of.profile.places.reduce((sum, place) => sum + selfOf(place, of), 0)
  return (self / of.profile.wallMs) * window.durationMs
}
