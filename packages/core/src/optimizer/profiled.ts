// What the profiles of a window say together: places in the app's code by what they took, and whom for. Lines of one function
// that call nothing of Node's are one place: a loop's samples spread over its body.
import type { Captures } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import type { Profile, ProfileType } from '../types/metrics.js'

export interface PlaceShare {
  readonly component: string
  readonly operation: string
  readonly self: number
}

export interface Place {
  /** The line that took most. */
  readonly location: SourceLocation
  readonly api: string | null
  readonly stack: readonly SourceLocation[]
  /** In the profile's unit, summed over the profiles. */
  readonly self: number
  /** Of what the profiles hold, 0 to 1. */
  readonly share: number
  /** What is known of who ran it, the most first. */
  readonly operations: readonly PlaceShare[]
  /** In no measured operation: timers, jobs. */
  readonly outside: number
}

export interface Profiled {
  /** Summed length of the profiles. */
  readonly wallMs: number
  /** All that was sampled, idle time left out. */
  readonly total: number
  /** The most first. */
  readonly places: readonly Place[]
  readonly ids: readonly string[]
}

const MAX_PROFILES = 3 // the newest: what was done about a place must not be outweighed by what it took before
const MAX_PLACES = 100

/** `null` when the window has no profile of the type. */
export function profiled(captures: Captures, type: ProfileType): Profiled | null {
  const profiles = captures.profiles
    .filter((profile) => profile.type === type && profile.state === 'complete' && (profile.total ?? 0) > 0)
    .slice(0, MAX_PROFILES)
  if (profiles.length === 0) return null
  const total = profiles.reduce((sum, profile) => sum + (profile.total ?? 0), 0)
  return {
    wallMs: profiles.reduce((sum, { durationMs }) => sum + durationMs, 0),
    total,
    places: placesOf(profiles, total),
    ids: profiles.map(({ id }) => id),
  }
}

const ANONYMOUS_LINES = 5 // a callback without a name is seldom longer

/** Whether both are in the same function of the same file. */
export function isSameFunction(a: SourceLocation, b: SourceLocation): boolean {
  if (a.file !== b.file || a.function !== b.function) return a.file === b.file && a.line === b.line
  return a.function !== null || Math.abs(a.line - b.line) <= ANONYMOUS_LINES
}

interface Merged {
  location: SourceLocation
  locationSelf: number
  api: string | null
  stack: readonly SourceLocation[]
  self: number
  operations: Map<string, { component: string; operation: string; self: number }>
  outside: number
}

function placesOf(profiles: readonly Profile[], total: number): Place[] {
  const merged = new Map<string, Merged>()
  for (const { places } of profiles) {
    for (const { location, api, self, stack, operations } of places.slice(0, MAX_PLACES)) {
      const where = location.function ?? `line ${location.line}`
      // of what Node's functions do, the line counts: one function may read one file and hash another
      const key = JSON.stringify(api === null ? [location.file, where] : [location.file, where, api, location.line])
      let place = merged.get(key)
      if (place === undefined) {
        place = { location, locationSelf: 0, api, stack, self: 0, operations: new Map(), outside: 0 }
        merged.set(key, place)
      }
      place.self += self
      if (self > place.locationSelf) Object.assign(place, { location, locationSelf: self, stack })
      for (const share of operations) addShare(place, share)
    }
  }
  return [...merged.values()]
    .sort((a, b) => b.self - a.self)
    .map(({ location, api, stack, self, operations, outside }) => ({
      ...{ location, api, stack, self, outside },
      share: self / total,
      operations: [...operations.values()].sort((a, b) => b.self - a.self),
    }))
}

function addShare(
  place: Merged,
  { component, operation, self }: { component: string | null; operation: string | null; self: number },
): void {
  if (component === null || operation === null) {
    place.outside += self
    return
  }
  const key = JSON.stringify([component, operation])
  const known = place.operations.get(key)
  if (known === undefined) place.operations.set(key, { component, operation, self })
  else known.self += self
}
