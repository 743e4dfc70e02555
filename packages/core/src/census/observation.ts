// One census: every creation and every end of some seconds, by type, place and what ran. In the hooks of all asynchronous work of the
// app, where an exception ends the process: nothing in here throws.
import { type AsyncHook, createHook } from 'node:async_hooks'
import type { Clock } from '../clock.js'
import { type RawFrame, sampleStack } from '../tracker/frames.js'
import type { ResourceSite } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import { FILE_HANDLE, RESOURCE_TYPES } from './resource-types.js'

const MAX_SITES = 1000
const MAX_LIVE = 50_000 // further ones are counted, but not whether they end
const STACKS_PER_SLICE = 20 // 200 a second, 12 us each: 2.4 ms of each second
const SLICE_MS = 100 // so that the first burst of a second does not take them all
const FIRST_STACKS = 10 // of each kind at once; then one in four, so that not always the first of a burst is looked at
const MAX_SKIPPED = 3
const MAX_REPORTED = 200 // sites, the most first

export interface Running {
  component: string
  operation: string
}

export interface ObservationOptions {
  clock: Clock
  durationMs: number
  current: () => Running | null
  resolve: (frame: RawFrame) => SourceLocation
  /** 0 to 1. */
  random: () => number
}

/** All of one type that one operation created. */
interface Kind {
  readonly type: string
  readonly component: string | null
  readonly operation: string | null
  readonly sites: Site[]
  created: number
  sampled: number
  skip: number
}

/** Those whose stack was looked at. */
interface Site {
  readonly frame: RawFrame | null
  sampled: number
}

interface Live {
  readonly kind: Kind
  /** `null`: its stack was not looked at. */
  readonly site: Site | null
  readonly isEarly: boolean
  /** Only where its end is not told in time. */
  readonly resource: WeakRef<object> | null
}

export class Observation {
  /** What limits turned away: sites, and resources whose end was not followed. */
  rejected = 0
  readonly #options: ObservationOptions
  readonly #kinds = new Map<string, Map<string, Kind>>()
  readonly #live = new Map<number, Live>()
  readonly #hook: AsyncHook
  readonly #startMs: number
  #siteCount = 0
  #stacks = STACKS_PER_SLICE
  #sliceMs = 0
  #isLooking = false

  constructor(options: ObservationOptions) {
    this.#options = options
    const callbacks = {
      init: (id: number, type: string, _trigger: number, resource: object) => this.#created(id, type, resource),
      destroy: (id: number) => void this.#live.delete(id),
      // newer versions can leave promises out of it, which are most of what there is
      trackPromises: false,
    }
    this.#hook = createHook(callbacks)
    this.#startMs = options.clock.monotonicMs()
    this.#sliceMs = this.#startMs
    this.#hook.enable()
  }

  /** Ends it. The most created first. */
  end(): { durationMs: number; sites: ResourceSite[] } {
    this.#hook.disable()
    const sites = [...this.#sites()].sort((a, b) => b.created - a.created).slice(0, MAX_REPORTED)
    this.#live.clear()
    return { durationMs: this.#options.clock.monotonicMs() - this.#startMs, sites }
  }

  #created(id: number, type: string, resource: object): void {
    if (!RESOURCE_TYPES.has(type) || this.#isLooking) return
    this.#isLooking = true
    try {
      const kind = this.#kindOf(type)
      if (kind === null) return
      kind.created++
      const nowMs = this.#options.clock.monotonicMs()
      const site = this.#isDue(kind, nowMs) ? this.#siteOf(kind) : null
      if (this.#live.size >= MAX_LIVE) {
        this.rejected++
        return
      }
      const isEarly = nowMs - this.#startMs <= this.#options.durationMs / 2
      this.#live.set(id, { kind, site, isEarly, resource: type === FILE_HANDLE ? new WeakRef(resource) : null })
    } catch {
      this.rejected++
    } finally {
      this.#isLooking = false
    }
  }

  #kindOf(type: string): Kind | null {
    const running = this.#options.current()
    const { component = null, operation = null } = running ?? {}
    let byOperation = this.#kinds.get(type)
    if (byOperation === undefined) {
      byOperation = new Map()
      this.#kinds.set(type, byOperation) // bounded by the list of types
    }
    const key = running === null ? '' : `${component} ${operation}`
    const known = byOperation.get(key)
    if (known !== undefined) return known
    if (this.#siteCount >= MAX_SITES) {
      this.rejected++
      return null
    }
    this.#siteCount++
    const kind: Kind = { type, component, operation, sites: [], created: 0, sampled: 0, skip: 0 }
    byOperation.set(key, kind)
    return kind
  }

  #isDue(kind: Kind, nowMs: number): boolean {
    if (kind.skip-- > 0) return false
    if (nowMs - this.#sliceMs >= SLICE_MS) {
      this.#sliceMs = nowMs
      this.#stacks = STACKS_PER_SLICE
    }
    if (this.#stacks === 0) return false
    this.#stacks--
    kind.sampled++
    kind.skip = kind.sampled < FIRST_STACKS ? 0 : Math.floor(this.#options.random() * (MAX_SKIPPED + 1))
    return true
  }

  #siteOf(kind: Kind): Site {
    const frame = sampleStack()?.frame ?? null
    let site = kind.sites.find((each) => each.frame === frame)
    if (site === undefined) {
      site = { frame, sampled: 0 }
      if (this.#siteCount < MAX_SITES) {
        this.#siteCount++
        kind.sites.push(site)
      } else this.rejected++
    }
    site.sampled++
    return site
  }

  /** What was not looked at is shared out as what was: the sums over the sites of an operation are exact, up to rounding. */
  *#sites(): Generator<ResourceSite> {
    const alive = this.#alive()
    for (const byOperation of this.#kinds.values()) {
      for (const kind of byOperation.values()) {
        const { all, bySite } = alive.get(kind) ?? { all: 0, bySite: new Map<Site, number>() }
        const looked = [...bySite.values()].reduce((sum, count) => sum + count, 0)
        const sampled = kind.sites.reduce((sum, each) => sum + each.sampled, 0)
        const sites = sampled === 0 ? [{ frame: null, sampled: 0 }] : kind.sites
        for (const site of sites) {
          const share = sampled === 0 ? 1 : site.sampled / sampled
          const aliveShare = looked === 0 ? share : (bySite.get(site) ?? 0) / looked
          const location = site.frame === null ? null : this.#options.resolve(site.frame)
          yield {
            type: kind.type,
            location,
            stack: location === null ? [] : [location],
            component: kind.component,
            operation: kind.operation,
            created: Math.round(kind.created * share),
            alive: Math.round(all * aliveShare),
          }
        }
      }
    }
  }

  #alive(): Map<Kind, { all: number; bySite: Map<Site, number> }> {
    const alive = new Map<Kind, { all: number; bySite: Map<Site, number> }>()
    for (const { kind, site, isEarly, resource } of this.#live.values()) {
      if (!isEarly || (resource !== null && isClosed(resource))) continue
      let counts = alive.get(kind)
      if (counts === undefined) {
        counts = { all: 0, bySite: new Map() }
        alive.set(kind, counts)
      }
      counts.all++
      if (site !== null) counts.bySite.set(site, (counts.bySite.get(site) ?? 0) + 1)
    }
    return alive
  }
}

function isClosed(reference: WeakRef<object>): boolean {
  try {
    const fd = (reference.deref() as { fd?: unknown } | undefined)?.fd
    return typeof fd !== 'number' || fd < 0
  } catch {
    return true
  }
}
