// Whose objects stay alive, by heap profiles. What is alive at a profile's end may be garbage that no collection has reached yet:
// with a profile of all allocations beside it, what a place keeps counts by the share of its allocations that stayed.
import type { Captures } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import type { MetricsWindow } from '../types/window.js'
import { ownerOf } from './owners.js'
import { isSameFunction, profiled } from './profiled.js'

export interface KeptPlace {
  readonly location: SourceLocation
  readonly component: string | null
  readonly operation: string | null
  readonly bytes: number
  /** Of all live bytes of the profile, 0 to 1. */
  readonly share: number
}

const MIN_SHARE = 0.05 // of the live bytes: below it a place is no suspect

/** The place of which most stays alive; `null` without a heap profile. */
export function keptPlace(of: { window: MetricsWindow; captures: Captures }): KeptPlace | null {
  const { captures } = of
  const heap = profiled(captures, 'heap')
  if (heap === null) return null
  const all = profiled(captures, 'allocation')
  const [first] = heap.places
    .map((place) => {
      const made = all?.places.find((other) => isSameFunction(other.location, place.location))
      const perMs = place.self / heap.wallMs
      // allocated at the same pace meanwhile: the part that stayed
      const keptShare = all === null ? 1 : Math.min(1, made === undefined ? 1 : perMs / (made.self / all.wallMs))
      return { place, weight: place.self * keptShare }
    })
    .filter(({ place }) => place.share >= MIN_SHARE)
    .sort((a, b) => b.weight - a.weight)
  if (first === undefined) return null
  const { place } = first
  const owner = ownerOf(place, of)
  return {
    location: place.location,
    component: owner?.component ?? null,
    operation: owner?.operation ?? null,
    bytes: place.self,
    share: place.share,
  }
}
