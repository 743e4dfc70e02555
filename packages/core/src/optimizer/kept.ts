// Whose objects stay alive, by heap profiles. What is alive at a profile's end may be garbage that no collection has reached yet:
// with a profile of all allocations beside it, what a place keeps counts by the share of its allocations that stayed.
import type { Captures } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import { isSameFunction, type Place, profiled } from './profiled.js'

export interface KeptPlace {
  readonly location: SourceLocation
  readonly component: string | null
  readonly operation: string | null
  readonly bytes: number
  /** Of all live bytes of the profile, 0 to 1. */
  readonly share: number
}

const MIN_SHARE = 0.05 // of the live bytes: below it a place is no suspect
const OWN_SHARE = 0.6 // of a place's bytes in one operation: then it is that operation's

/** The most kept first. */
export function keptPlaces(captures: Captures): KeptPlace[] {
  const heap = profiled(captures, 'heap')
  if (heap === null) return []
  const all = profiled(captures, 'allocation')
  return heap.places
    .map((place) => {
      const made = all?.places.find((other) => isSameFunction(other.location, place.location))
      const perMs = place.self / heap.wallMs
      // allocated at the same pace meanwhile: the part that stayed
      const keptShare = all === null ? 1 : Math.min(1, made === undefined ? 1 : perMs / (made.self / all.wallMs))
      return { place, weight: place.self * keptShare }
    })
    .filter(({ place }) => place.share >= MIN_SHARE)
    .sort((a, b) => b.weight - a.weight)
    .map(({ place }) => ({ location: place.location, ...ownerOf(place), bytes: place.self, share: place.share }))
}

function ownerOf({ operations, self }: Place): { component: string | null; operation: string | null } {
  const [first] = operations
  if (first === undefined || first.self < OWN_SHARE * self) return { component: null, operation: null }
  return { component: first.component, operation: first.operation }
}
