// A block within one native call has no place of its own. When a profile of the same operation shows that a native call took
// most of its time, that is the place.
import type { SourceLocation } from '../types/findings.js'
import type { Profile, ProfileShare } from '../types/metrics.js'
import type { StallRecord } from '../types/stalls.js'

const MIN_SHARE = 0.6 // of what the operation took in the profile: what else it does cannot have been most of the block

/** Records without a place get that which a profile shows, and are added to those that are there already. */
export function withNativePlaces(records: readonly StallRecord[], profiles: readonly Profile[]): StallRecord[] {
  const placed = new Map<string, StallRecord>()
  for (const record of records) {
    const found = record.location === null ? nativePlace(record, profiles) : null
    const next = found === null ? record : { ...record, ...found, id: `${found.location.file}:${found.location.line}` }
    const known = placed.get(next.id)
    placed.set(next.id, known === undefined ? next : sum(known, next))
  }
  return [...placed.values()].sort((a, b) => b.totalMs - a.totalMs)
}

/** The newest profile that says it is believed. */
function nativePlace(
  { component, operation }: StallRecord,
  profiles: readonly Profile[],
): { location: SourceLocation; stack: SourceLocation[] } | null {
  const isSame = (share: ProfileShare) => share.component === component && share.operation === operation
  for (const { type, places, operations } of profiles) {
    const all = type === 'cpu' ? (operations.find(isSame)?.self ?? 0) : 0
    if (all <= 0) continue
    for (const { api, location, stack, operations: shares } of places) {
      if (api === null || (shares.find(isSame)?.self ?? 0) < all * MIN_SHARE) continue
      return { location, stack: [location, ...stack] }
    }
  }
  return null
}

function sum(one: StallRecord, other: StallRecord): StallRecord {
  const longest = one.maxMs >= other.maxMs ? one : other
  const last = one.lastAt >= other.lastAt ? one : other
  return {
    ...longest,
    count: one.count + other.count,
    totalMs: one.totalMs + other.totalMs,
    lastMs: last.lastMs,
    lastAt: last.lastAt,
    firstAt: one.firstAt <= other.firstAt ? one.firstAt : other.firstAt,
    maxRequestsInFlight: Math.max(one.maxRequestsInFlight, other.maxRequestsInFlight),
  }
}
