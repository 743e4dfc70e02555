// Captures from plain descriptions: stalls, profiles and censuses as the parts that take them hand them out.
import type { ResourceCensus, ResourceSite } from '../../../src/types/captures.js'
import type { SourceLocation } from '../../../src/types/findings.js'
import type { Profile, ProfilePlace } from '../../../src/types/metrics.js'
import type { StallRecord } from '../../../src/types/stalls.js'
import { WINDOW_START } from '../../helpers/window.js'

export function at(file: string, line: number, name: string | null = 'work'): SourceLocation {
  return { file, line, column: 1, function: name }
}

export function stall(of: Partial<StallRecord> & { count: number; totalMs: number }): StallRecord {
  const seenAt = new Date(WINDOW_START + 50_000).toISOString()
  const location = of.location === undefined ? at('src/report.js', 42, 'buildReport') : of.location
  return {
    id: 'stall',
    location,
    stack: location === null ? [] : [location],
    component: 'http',
    operation: 'GET /report',
    maxMs: of.totalMs / of.count,
    lastMs: of.totalMs / of.count,
    maxRequestsInFlight: 3,
    firstAt: seenAt,
    lastAt: seenAt,
    ...of,
  }
}

export interface PlaceDescription {
  location: SourceLocation
  api?: string | null
  self: number
  /** By operation of component `http`; what is left ran outside of requests. */
  operations?: Record<string, number>
  stack?: SourceLocation[]
}

export function profile(places: readonly PlaceDescription[], of: Partial<Profile> & { total?: number } = {}): Profile {
  const total = of.total ?? places.reduce((sum, { self }) => sum + self, 0)
  return {
    id: 'profile',
    type: 'cpu',
    state: 'complete',
    startedAt: new Date(WINDOW_START + 40_000).toISOString(),
    durationMs: 5000,
    sizeBytes: 1,
    error: null,
    unit: of.type === undefined || of.type === 'cpu' ? 'ms' : 'bytes',
    functions: [],
    operations: [],
    ...of,
    total,
    places: places.map((place) => placeOf(place, total)),
  }
}

function placeOf(
  { location, api = null, self, operations = {}, stack }: PlaceDescription,
  total: number,
): ProfilePlace {
  const shares = Object.entries(operations).map(([operation, taken]) => ({
    ...{ component: 'http' as string | null, operation: operation as string | null },
    ...{ self: taken, percent: (taken / self) * 100 },
  }))
  const rest = self - shares.reduce((sum, share) => sum + share.self, 0)
  if (rest > 0) shares.push({ component: null, operation: null, self: rest, percent: (rest / self) * 100 })
  return { location, api, self, percent: (self / total) * 100, stack: stack ?? [location], operations: shares }
}

export function census(sites: readonly (Partial<ResourceSite> & { type: string })[]): ResourceCensus {
  return {
    endedAt: new Date(WINDOW_START + 55_000).toISOString(),
    durationMs: 5000,
    sites: sites.map((site) => ({
      ...{ location: at('src/jobs.js', 7, 'schedule'), stack: [], component: 'http', operation: 'GET /jobs' },
      ...{ created: 100, alive: 0 },
      ...site,
    })),
  }
}
