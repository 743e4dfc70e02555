// Blocks gathered per place: one line of code that blocks a thousand times is one entry.
import type { Stall, StallRecord } from '../types/stalls.js'

const MAX_PLACES = 200

export class Stalls {
  /** Places that made room for others. */
  forgottenCount = 0
  readonly #records = new Map<string, StallRecord>()

  /** Longest in total first. */
  get records(): StallRecord[] {
    return [...this.#records.values()].map((record) => ({ ...record })).sort((a, b) => b.totalMs - a.totalMs)
  }

  add(stall: Stall): void {
    const { location, component, operation, durationMs, requestsInFlight, startedAt } = stall
    const place = location === null ? `${component ?? ''} ${operation ?? ''}` : `${location.file}:${location.line}`
    let record = this.#records.get(place)
    if (record === undefined) {
      this.#makeRoom()
      record = {
        id: place,
        ...{ location, stack: stall.stack, component, operation },
        ...{ count: 0, totalMs: 0, maxMs: 0, lastMs: 0, maxRequestsInFlight: 0 },
        firstAt: startedAt,
        lastAt: startedAt,
      }
    } else {
      this.#records.delete(place) // to the end: the first one is the one that was silent for longest
    }
    this.#records.set(place, record)
    record.count++
    record.totalMs += durationMs
    record.lastMs = durationMs
    record.lastAt = startedAt
    record.maxRequestsInFlight = Math.max(record.maxRequestsInFlight, requestsInFlight)
    if (durationMs < record.maxMs) return
    record.maxMs = durationMs
    Object.assign(record, { location, stack: stall.stack, component, operation })
  }

  #makeRoom(): void {
    if (this.#records.size < MAX_PLACES) return
    for (const oldest of this.#records.keys()) {
      this.#records.delete(oldest)
      this.forgottenCount++
      return
    }
  }
}
