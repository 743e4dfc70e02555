// Who holds the event loop: the blocks that the watchdog captured, and for those below its threshold what a CPU profile says an
// operation takes at one go. One blocker per operation.
import type { RuleContext } from '../types/findings.js'
import { mean, measured, quantileOf, settledFrom } from '../types/reading.js'
import type { MetricsWindow, OperationView } from '../types/window.js'
import { findOperation } from './calls.js'
import { cpuShareOfBusyTime, isCrowdedHost } from './cpu.js'
import { MIN_LOOP_SAMPLES, suspects } from './loop.js'
import { isSameFunction, type Place, type Profiled, profiled } from './profiled.js'
import { type Blocker, MIN_BLOCK_MS, MIN_BLOCKED_SHARE, stalledBlockers } from './stalled.js'
import { syncApi } from './sync-apis.js'

const MIN_SYNC_MS = 0.5 // per run: shorter ones are a look whether a file is there
/** Of the time that the loop is busy: from here on it is worth a look who keeps it so. */
const WORTH_A_PROFILE_PERCENT = 10

const MIN_PLACE_SHARE = 0.3 // of what the operation takes: the main place, the rest are named beside it
const SHOWN_PLACES = 3
const MIN_CPU_PERCENT = 5 // below it a late loop is the machine's, not this process's

const known = new WeakMap<MetricsWindow, Blockers>()

export interface Blockers {
  /** The most blocked time first. */
  readonly found: readonly Blocker[]
  /** Why a CPU profile would help; `null` when nothing looks like a block. */
  readonly wanted: string | null
}

/** Found once per window: two rules ask. */
export function* blockers(context: RuleContext): Generator<void, Blockers> {
  const before = known.get(context.window)
  if (before !== undefined) return before
  const { window, captures } = context
  const profile = profiled(captures, 'cpu')
  const { proven, unproven } = yield* stalledBlockers(window, { captures, profile })
  const found = [...proven]
  if (profile !== null) {
    for (const blocker of [...(yield* fromProfile(window, profile)), ...syncCalls(window, profile)]) {
      yield
      if (!found.some((other) => isSameBlocker(other, blocker))) found.push(blocker)
    }
  }
  const blockers = { found: merged(found), wanted: wantedProfile(window, { found, unproven, profile }) }
  known.set(window, blockers)
  return blockers
}

/** What a CPU profile could still tell; `null` when nothing looks like a block. */
function wantedProfile(
  window: MetricsWindow,
  of: { found: readonly Blocker[]; unproven: readonly Blocker[]; profile: Profiled | null },
): string | null {
  const { found, unproven, profile } = of
  // what is late without a stack or an operation is, on a crowded host, most likely not let run
  const worth = isCrowdedHost(window)
    ? unproven.filter(({ location, operation }) => location !== null || operation !== null)
    : unproven
  const unclear = [...found, ...worth].find(({ location }) => profile === null || location === null)
  if (unclear !== undefined) return `event-loop-blocked: ${unclear.operation ?? 'outside of requests'}`
  if (profile !== null) return null
  const from = settledFrom(window)
  const utilizations = measured(window.runtime('eventLoopUtilizationPercent'), from)
  if (utilizations.length < MIN_LOOP_SAMPLES) return null
  const utilization = mean(utilizations) ?? 0
  const cpu = mean(measured(window.runtime('cpuPercent'), from)) ?? 0
  const isLate = usualStandstillMs(window) >= 2 * MIN_BLOCK_MS && cpu >= MIN_CPU_PERCENT
  return utilization >= WORTH_A_PROFILE_PERCENT || isLate ? 'event loop busy' : null
}

/** How long the loop stands still at its worst in an ordinary sample. */
export function usualStandstillMs(window: MetricsWindow): number {
  return quantileOf(measured(window.runtime('eventLoopDelay.maxMs'), settledFrom(window)), 0.5) ?? 0
}

/** What blocks in several operations at one place (a middleware, a shared helper) is one cause, told by where it takes most. */
function merged(found: readonly Blocker[]): Blocker[] {
  const list: Blocker[] = []
  for (const blocker of [...found].sort((a, b) => b.blockedMs - a.blockedMs)) {
    const index = list.findIndex((other) => isSamePlace(other, blocker))
    const known = list[index]
    if (known === undefined) list.push(blocker)
    else list[index] = together(known, blocker)
  }
  return list.sort((a, b) => b.blockedMs - a.blockedMs)
}

function isSamePlace(a: Blocker, b: Blocker): boolean {
  return a.location !== null && b.location !== null && a.api === b.api && isSameFunction(a.location, b.location)
}

function together(a: Blocker, b: Blocker): Blocker {
  const stallCount = a.stallCount + b.stallCount
  return {
    ...a,
    stallCount,
    blockedMs: a.blockedMs + b.blockedMs,
    longestMs: Math.max(a.longestMs, b.longestMs),
    maxRequestsInFlight: Math.max(a.maxRequestsInFlight, b.maxRequestsInFlight),
    alsoIn: [...a.alsoIn, { component: b.component, operation: b.operation }],
  }
}

function isSameBlocker(a: Blocker, b: Blocker): boolean {
  if (a.component !== b.component || a.operation !== b.operation) return false
  if (a.operation !== null) return true
  return a.location === null || b.location === null || isSameFunction(a.location, b.location)
}

/** Blocks too short for the watchdog: what each operation takes per run, if it takes it at one go. */
function* fromProfile(window: MetricsWindow, profile: Profiled): Generator<void, Blocker[]> {
  const standstillMs = usualStandstillMs(window)
  const cpuShare = cpuShareOfBusyTime(window)
  const found: Blocker[] = []
  for (const { view, self, places } of yield* byOperation(window, profile)) {
    yield
    const [main] = places
    // who stands still cannot be told apart outside of operations: on a crowded host it is whoever was not let run
    if (view === null && isCrowdedHost(window)) continue
    const blockedShare = (cpuShare * self) / profile.wallMs
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
      alsoIn: [],
      profileShare: main.place.share,
    })
  }
  return found
}

/** Calls that hold the loop by their nature, however short: many of them are what an app does wrong at every request. */
function syncCalls(window: MetricsWindow, profile: Profiled): Blocker[] {
  return profile.places.flatMap((place) => {
    const blockedShare = (cpuShareOfBusyTime(window) * place.self) / profile.wallMs
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
      alsoIn: place.operations.slice(1),
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
    // a framework's dispatch around each request is outside of operations too: many short runs, none of them a block
    else if (!place.location.file.includes('node_modules/')) add(null, place, place.outside)
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
