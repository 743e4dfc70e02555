// Expensive safe requests of a route that ask for the same and get the same answer: what a cache would save.
import type { RepeatRecord } from '../types/captures.js'
import { MinuteCounts, RETENTION_MS } from './minutes.js'
import type { Operation } from './operation.js'

const MAX_KEYS_PER_ROUTE = 500

interface Asked {
  answer: number
  lastAtMs: number
}

/** What was asked of one route. Times are epoch ms. */
export interface OperationRepeats {
  /** By URL, the one asked for longest ago first. */
  readonly asked: Map<number, Asked>
  readonly requests: MinuteCounts
  readonly same: MinuteCounts
  readonly other: MinuteCounts
  readonly sameMs: MinuteCounts
}

export class RepeatTable {
  readonly limit: number
  used = 0
  /** URLs that were forgotten for others. */
  rejected = 0

  constructor(maxRepeatKeys: number) {
    this.limit = maxRepeatKeys
  }

  add(operation: Operation, { key, answer, durationMs, epochMs }: RepeatedRequest): void {
    operation.repeats ??= {
      asked: new Map(),
      requests: new MinuteCounts(),
      same: new MinuteCounts(),
      other: new MinuteCounts(),
      sameMs: new MinuteCounts(),
    }
    const { asked, requests, same, other, sameMs } = operation.repeats
    requests.add(epochMs)
    const before = asked.get(key)
    if (before !== undefined) {
      asked.delete(key) // set anew below: the map stays in the order of time
      this.used--
      if (before.lastAtMs >= epochMs - RETENTION_MS) {
        if (before.answer === answer) {
          same.add(epochMs)
          sameMs.add(epochMs, durationMs)
        } else other.add(epochMs)
      }
    }
    if (asked.size >= MAX_KEYS_PER_ROUTE || (this.used >= this.limit && asked.size > 0)) {
      asked.delete(asked.keys().next().value as number)
      this.used--
      this.rejected++
    } else if (this.used >= this.limit) {
      this.rejected++
      return
    }
    asked.set(key, { answer, lastAtMs: epochMs })
    this.used++
  }
}

export interface RepeatedRequest {
  readonly key: number
  readonly answer: number
  readonly durationMs: number
  readonly epochMs: number
}

/** `null` when there were none. */
export function repeatsWithin(
  repeats: OperationRepeats,
  { from, to }: { from: number; to: number },
): RepeatRecord | null {
  const requests = repeats.requests.sum(from, to)
  if (requests === 0) return null
  let distinctKeys = 0
  for (const { lastAtMs } of repeats.asked.values()) if (lastAtMs >= from && lastAtMs <= to) distinctKeys++
  return {
    requests,
    distinctKeys,
    sameAnswerCount: repeats.same.sum(from, to),
    otherAnswerCount: repeats.other.sum(from, to),
    sameAnswerMs: repeats.sameMs.sum(from, to),
  }
}
