// Who holds the event loop: the blocks that the watchdog captured, and for those below its threshold what a CPU profile says an
// operation takes at one go. One blocker per operation: a long function is seen on many of its lines.
import type { Captures } from '../types/captures.js'
import type { RuleContext, SourceLocation } from '../types/findings.js'
import { mean, measured, quantileOf, settledFrom } from '../types/reading.js'
import type { StallRecord } from '../types/stalls.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { findOperation } from './calls.js'
import { suspects } from './loop.js'
import { isSameFunction, type Place, type Profiled, profiled } from './profiled.js'
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
  /** Further places, the most first. */
  readonly others: readonly SourceLocation[]
  /** Share of the loop's own CPU that the place takes, by a profile; `null` without one. */
  readonly profileShare: number | null
}

/** Two may be a deployment, a collection or a neighbour on the host. */
export const MIN_STALLS = 3
/** Unless they add up to so much: a lone block of seconds is felt as well. */
export const MIN_STALLED_MS = 2000
/** A run that holds the loop shorter delays others by less than anybody sees; many of them are load, not a block. */
export const MIN_BLOCK_MS = 15
/** Of the time, for what only a profile shows: below it few meet a block. */
export const MIN_BLOCKED_SHARE = 0.05
const MIN_SYNC_MS = 0.5 // per run: shorter ones are a look whether a file is there
/** Of the time that the loop is busy: from here on it is worth a look who keeps it so. */
const WORTH_A_PROFILE_PERCENT = 30

const PLACE_SHARE = 0.5 // of what an operation (or all that is outside of them) takes: then a block without a place was there
const MIN_PLACE_SHARE = 0.3 // of what the operation takes: the main place, the rest are named beside it
const SHOWN_PLACES = 3
const GC_SHARE = 0.7 // of a block without a place: the longest collection explains it

const known = new WeakMap<MetricsWindow, readonly Blocker[]>()

/** Found once per window: two rules ask. The most blocked time first. */
export function* blockers(context: RuleContext): Generator<void, readonly Blocker[]> {
  const before = known.get(context.window)
  if (before !== undefined) return before
  const { window, captures } = context
  const profile = profiled(captures, 'cpu')
  const found: Blocker[] = []
  for (const group of yield* stallGroups(window, captures)) {
    yield
    found.push(fromStalls(window, { group, profile }))
  }
  if (profile !== null) {
    for (const blocker of [...(yield* fromProfile(window, profile)), ...syncCalls(window, profile)]) {
      yield
      if (!found.some((other) => isSameBlocker(other, blocker))) found.push(blocker)
    }
  }
  found.sort((a, b) => b.blockedMs - a.blockedMs)
  known.set(window, found)
  return found
}

/** What a CPU profile could still tell; `null` when nothing looks like a block. */
export function wantedProfile(context: RuleContext, found: readonly Blocker[]): string | null {
  const { window, captures } = context
  const unplaced = found.find(
    ({ location, api, profileShare }) => location === null || (api === null && profileShare === null),
  )
  if (unplaced !== undefined) return `event-loop-blocked: ${unplaced.operation ?? 'outside of requests'}`
  if (found.length > 0 || captures.profiles.some(({ type }) => type === 'cpu')) return null
  const utilization = mean(measured(window.runtime('eventLoopUtilizationPercent'), settledFrom(window)))
  const isBusy = utilization !== null && utilization >= WORTH_A_PROFILE_PERCENT
  return isBusy || usualStandstillMs(window) >= 2 * MIN_BLOCK_MS ? 'event loop busy' : null
}

/** How long the loop stands still at its worst in an ordinary sample. */
export function usualStandstillMs(window: MetricsWindow): number {
  return quantileOf(measured(window.runtime('eventLoopDelay.maxMs'), settledFrom(window)), 0.5) ?? 0
}

function isSameBlocker(a: Blocker, b: Blocker): boolean {
  if (a.component !== b.component || a.operation !== b.operation) return false
  if (a.operation !== null) return true
  return a.location === null || b.location === null || isSameFunction(a.location, b.location)
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
  return [...groups.values()].filter(({ count, totalMs }) => count >= MIN_STALLS || totalMs >= MIN_STALLED_MS)
}

function fromStalls(window: MetricsWindow, of: { group: StallGroup; profile: Profiled | null }): Blocker {
  const { group, profile } = of
  const { component, operation, count, totalMs } = group
  const records = [...group.records].sort((a, b) => b.totalMs - a.totalMs)
  const placed = records.find(({ location }) => location !== null)
  const unplacedMs = records.reduce((sum, record) => sum + (record.location === null ? record.totalMs : 0), 0)
  const place = profile === null ? null : placeOfStalls(profile, { group, placed, unplacedMs })
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
  { places }: Profiled,
  of: { group: StallGroup; placed: StallRecord | undefined; unplacedMs: number },
): Place | null {
  const { group, placed, unplacedMs } = of
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
  return main !== null && timeOf(main) >= PLACE_SHARE * all ? main : null
}

function selfOf(place: Place, of: { component: string | null; operation: string | null }): number {
  if (of.operation === null) return place.outside
  return (
    place.operations.find((share) => share.component === of.component && share.operation === of.operation)?.self ?? 0
  )
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

/** Blocks too short for the watchdog: what each operation takes per run, if it takes it at one go. */
function* fromProfile(window: MetricsWindow, profile: Profiled): Generator<void, Blocker[]> {
  const standstillMs = usualStandstillMs(window)
  const found: Blocker[] = []
  for (const { view, self, places } of yield* byOperation(window, profile)) {
    yield
    const [main] = places
    const blockedShare = self / profile.wallMs
    if (main === undefined || blockedShare < MIN_BLOCKED_SHARE) continue
    const blockedMs = blockedShare * window.durationMs
    const blockMs = view === null ? standstillMs : Math.min(blockedMs / view.count, view.durations.quantile(0.9) ?? 0)
    // work that gives the loop back in between adds up to as much, and delays nobody
    if (blockMs < MIN_BLOCK_MS || standstillMs < blockMs / 2) continue
    if (main.self < MIN_PLACE_SHARE * self) continue
    found.push({
      location: main.place.location,
      api: main.place.api,
      stack: main.place.stack,
      component: view?.component ?? null,
      operation: view?.operation ?? null,
      stallCount: 0,
      longestMs: Math.max(blockMs, standstillMs),
      ...{ blockedMs, blockMs },
      maxRequestsInFlight: 0,
      others: places.slice(1, 1 + SHOWN_PLACES).map(({ place }) => place.location),
      profileShare: main.place.share,
    })
  }
  return found
}

/** Calls that hold the loop by their nature, however short: many of them are what an app does wrong at every request. */
function syncCalls(window: MetricsWindow, profile: Profiled): Blocker[] {
  return profile.places.flatMap((place) => {
    const blockedShare = place.self / profile.wallMs
    if (syncApi(place.api) === null || blockedShare < MIN_BLOCKED_SHARE) return []
    const [first] = place.operations
    const runs = place.operations.reduce((sum, share) => sum + (findOperation(window, share)?.count ?? 0), 0)
    const blockedMs = blockedShare * window.durationMs
    // a call outside of requests cannot be counted: what the loop shows is the longest of them
    const blockMs = runs === 0 ? usualStandstillMs(window) : blockedMs / runs
    if (blockMs < MIN_SYNC_MS) return []
    return {
      ...{ location: place.location, api: place.api, stack: place.stack },
      component: first?.component ?? null,
      operation: first?.operation ?? null,
      stallCount: 0,
      longestMs: blockMs,
      ...{ blockedMs, blockMs },
      maxRequestsInFlight: 0,
      others: [],
      profileShare: place.share,
    }
  })
}

interface OperationTime {
  /** `null`: outside of all operations. */
  view: OperationView | null
  self: number
  /** The most first. */
  places: { place: Place; self: number }[]
}

function* byOperation(window: MetricsWindow, profile: Profiled): Generator<void, OperationTime[]> {
  const times = new Map<OperationView | null, OperationTime>()
  const add = (view: OperationView | null, place: Place, self: number) => {
    if (self <= 0) return
    const time = times.get(view) ?? { view, self: 0, places: [] }
    time.self += self
    time.places.push({ place, self })
    times.set(view, time)
  }
  const only = profile.places.some(({ operations }) => operations.length > 0) ? null : mainSuspect(window)
  for (const place of profile.places) {
    yield
    for (const share of place.operations) {
      const view = findOperation(window, share)
      if (view !== null && view.count > 0) add(view, place, share.self)
    }
    // a profile that does not know whose samples they are: the one operation that can have taken them
    if (place.operations.length === 0 && only !== null) add(only, place, place.self)
    else add(null, place, place.outside)
  }
  for (const { places } of times.values()) places.sort((a, b) => b.self - a.self)
  return [...times.values()].sort((a, b) => b.self - a.self)
}

const MAIN_SUSPECT_SHARE = 0.5 // of the loop's busy time
function mainSuspect(window: MetricsWindow): OperationView | null {
  const [first] = suspects(window)
  const utilization = mean(measured(window.runtime('eventLoopUtilizationPercent'), settledFrom(window)))
  return first !== undefined && utilization !== null && first.workPercent >= MAIN_SUSPECT_SHARE * utilization
    ? first.operation
    : null
}
