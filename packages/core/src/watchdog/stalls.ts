// Blocks gathered per place: one line of code that blocks a thousand times is one entry. Single ones are kept for as long as a
// report may look back, so that a window has its own sums.
import type { Stall, StallRecord } from '../types/stalls.js'

const MAX_PLACES = 200
const MAX_KEPT = 10_000 // of 100 ms each they fill 17 minutes: none of a report's ten is missing at the usual threshold

export interface PastStall extends Stall {
  /** Epoch ms. */
  startMs: number
}

/** Since the beginning, or of a part of it. */
export class Stalls {
  /** Places that made room for others. */
  forgottenCount = 0
  readonly #records = new Map<string, StallRecord>()

  /** Longest in total first. */
  get records(): StallRecord[] {
    return [...this.#records.values()].map((record) => ({ ...record })).sort((a, b) => b.totalMs - a.totalMs)
  }

  /** @returns the stack that is kept for its place: one array for all that have the same */
  add(stall: Stall): StallRecord['stack'] {
    const { location, component, operation, durationMs, requestsInFlight, startedAt } = stall
    const place = placeOf(stall)
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
    const stack = isSameStack(record.stack, stall.stack) ? record.stack : stall.stack
    if (durationMs >= record.maxMs) {
      record.maxMs = durationMs
      Object.assign(record, { location, stack, component, operation })
    }
    return stack
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

/** The last blocks, one by one. */
export class StallLog {
  #stalls: PastStall[] = []
  /** Where the oldest is once the log is full. */
  #next = 0
  readonly #limit: number

  constructor(limit = MAX_KEPT) {
    this.#limit = limit
  }

  add(stall: PastStall): void {
    if (this.#stalls.length < this.#limit) this.#stalls.push(stall)
    else this.#stalls[this.#next] = stall
    this.#next = (this.#next + 1) % this.#limit
  }

  /** Those that overlap the time between, by place, longest in total first. */
  between(fromMs: number, toMs: number): StallRecord[] {
    const stalls = new Stalls()
    for (const stall of this.#within(fromMs, toMs)) stalls.add(stall)
    return stalls.records
  }

  longest(fromMs: number, toMs: number): PastStall | null {
    let found: PastStall | null = null
    for (const stall of this.#within(fromMs, toMs)) {
      if (found === null || stall.durationMs > found.durationMs) found = stall
    }
    return found
  }

  /** The oldest first. */
  *#within(fromMs: number, toMs: number): Generator<PastStall> {
    const { length } = this.#stalls
    const first = length < this.#limit ? 0 : this.#next
    for (let n = 0; n < length; n++) {
      const stall = this.#stalls[(first + n) % length] as PastStall
      if (stall.startMs < toMs && stall.startMs + stall.durationMs > fromMs) yield stall
    }
  }
}

export function placeOf({ location, component, operation }: Omit<Stall, 'durationMs'>): string {
  return location === null ? `${component ?? ''} ${operation ?? ''}` : `${location.file}:${location.line}`
}

function isSameStack(one: StallRecord['stack'], other: StallRecord['stack']): boolean {
  return (
    one.length === other.length &&
    one.every(({ file, line, column }, n) => {
      const same = other[n]
      return same !== undefined && same.line === line && same.column === column && same.file === file
    })
  )
}
