// The watching thread's side: sees the counter stand still, looks into the block while it lasts, and judges it when it is over.
import { type Block, beatIntervalMs, type Heart, STALL_SLOTS } from './heart.js'
import { judge, type Look, type Verdict } from './looks.js'
import type { ProbeAnswer } from './probe.js'
import type { ThreadTimes } from './scheduler-times.js'

const FIRST_LOOK_SHARE = 0.7 // of the threshold: a block just beyond it is seen while it lasts
const LOOK_GAP_MS = 10 // then an eighth of the block so far: a look costs the blocked loop about a millisecond
const LOOK_GAP_SHARE = 1 / 8
const MAX_LOOKS = 100 // of one block: enough for ten hours

export interface WatchedStall extends Verdict {
  startMs: number
  durationMs: number
  requestsInFlight: number
}

export interface WatchOptions {
  heart: Heart
  thresholdMs: number
  nowMs: () => number
  /** Asks the main thread; the answer may take as long as a native call. `null` when there is none. */
  ask: () => Promise<ProbeAnswer | null>
  /** Of the main thread and of this one, since any moment; `null` where the system does not say. */
  mainTimes: () => ThreadTimes | null
  ownTimes: () => ThreadTimes | null
  /** Nothing to ask about any more. */
  rest: () => void
  onStall: (stall: WatchedStall) => void
}

export class Watch {
  readonly intervalMs: number
  readonly #options: WatchOptions
  /** Time in which this thread did not run either: the process was stopped, the machine slept, or was out of processors. */
  #lost: { fromMs: number; toMs: number }[] = []
  #dueMs: number
  /** How long this thread had run or waited for a processor at the last poll. */
  #aliveMs: number | null = null
  #waitedAtLookMs: number | null = null
  #awakeSinceMs: number
  #beat = -1
  #looks: Look[] = []
  #nextLookMs = 0
  #isAsking = false
  #hasAsked = false
  #blocksRead: number

  constructor(options: WatchOptions) {
    this.#options = options
    this.intervalMs = beatIntervalMs(options.thresholdMs)
    this.#awakeSinceMs = options.nowMs()
    this.#dueMs = this.#awakeSinceMs + this.intervalMs
    this.#blocksRead = options.heart.blockCount
  }

  /** To be called again after the returned time. */
  poll(): number {
    const { heart, nowMs } = this.#options
    const now = nowMs()
    const aliveMs = aliveTime(this.#options.ownTimes())
    if (now - this.#dueMs > this.intervalMs) this.#wakeLate(now, aliveMs)
    this.#aliveMs = aliveMs
    // while an answer is on its way, the block it belongs to is not judged
    if (!this.#isAsking) {
      this.#readBlocks()
      this.#look(now)
    }
    const sinceMs = Math.max(heart.lastBeatMs, this.#awakeSinceMs)
    const firstLookMs = sinceMs + this.#options.thresholdMs * FIRST_LOOK_SHARE
    const untilLookMs = Math.max(firstLookMs, this.#nextLookMs) - now
    const delayMs = untilLookMs > 0 ? Math.min(this.intervalMs, untilLookMs) : Math.min(this.intervalMs, LOOK_GAP_MS)
    this.#dueMs = now + delayMs
    return delayMs
  }

  /** A thread that ran or waited for a processor meanwhile was not stopped. */
  #wakeLate(now: number, aliveMs: number | null): void {
    const keptMs = aliveMs === null || this.#aliveMs === null ? 0 : aliveMs - this.#aliveMs
    const lostMs = now - this.#dueMs - keptMs
    if (lostMs <= this.intervalMs) return
    this.#lost.push({ fromMs: now - lostMs, toMs: now })
    this.#awakeSinceMs = now
  }

  #look(now: number): void {
    const { heart, thresholdMs } = this.#options
    const beat = heart.beats
    if (beat !== this.#beat) {
      this.#beat = beat
      this.#looks = []
      this.#waitedAtLookMs = null
      this.#nextLookMs = 0
      if (this.#hasAsked) this.#options.rest()
      this.#hasAsked = false
    }
    const standingMs = now - Math.max(heart.lastBeatMs, this.#awakeSinceMs)
    if (heart.isOff || standingMs < thresholdMs * FIRST_LOOK_SHARE || now < this.#nextLookMs) return
    if (this.#looks.length >= MAX_LOOKS) return
    this.#isAsking = true
    this.#hasAsked = true
    void this.#ask(now, beat).finally(() => {
      this.#isAsking = false
    })
  }

  async #ask(askedAtMs: number, beat: number): Promise<void> {
    const { ask, mainTimes, nowMs, heart } = this.#options
    const waitedBefore = this.#waitedAtLookMs ?? mainTimes()?.waitedMs ?? null
    const answer = await ask()
    const waitedAfter = mainTimes()?.waitedMs ?? null
    this.#waitedAtLookMs = waitedAfter
    const standingMs = nowMs() - heart.lastBeatMs
    this.#nextLookMs = nowMs() + Math.max(LOOK_GAP_MS, standingMs * LOOK_GAP_SHARE)
    // the loop turned before it was looked at: what was seen is something else
    if (answer === null || answer.beat !== beat) return
    const waitedMs = waitedBefore === null || waitedAfter === null ? 0 : waitedAfter - waitedBefore
    this.#looks.push({ askedAtMs, answer, waitedMs })
  }

  #readBlocks(): void {
    const { heart } = this.#options
    const count = heart.blockCount
    for (let index = Math.max(this.#blocksRead, count - STALL_SLOTS); index < count; index++) {
      this.#report(heart.block(index))
    }
    this.#blocksRead = count
    const oldest = heart.lastBeatMs
    this.#lost = this.#lost.filter(({ toMs }) => toMs > oldest)
  }

  #report({ startMs, durationMs, requestsInFlight, beat }: Block): void {
    const { thresholdMs, onStall } = this.#options
    const endMs = startMs + durationMs
    let lostMs = 0
    for (const { fromMs, toMs } of this.#lost) {
      lostMs += Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, startMs))
    }
    if (durationMs - lostMs < thresholdMs) return
    const looks = beat === this.#beat ? this.#looks : []
    onStall({ startMs, durationMs: durationMs - lostMs, requestsInFlight, ...judge(looks, durationMs - lostMs) })
  }
}

function aliveTime(times: ThreadTimes | null): number | null {
  return times === null ? null : times.ranMs + times.waitedMs
}
