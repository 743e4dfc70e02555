// The watching thread's side: sees the counter stand still, looks into the block while it lasts, and judges it when it is over.
import { type Block, beatIntervalMs, type Heart, STALL_SLOTS } from './heart.js'
import { judge, type Look, type Verdict } from './looks.js'
import type { ProbeAnswer } from './probe.js'
import type { ThreadTimes } from './scheduler-times.js'

const FIRST_LOOK_SHARE = 0.7 // of the threshold: a block just beyond it is seen while it lasts
const LOOK_GAP_MS = 10 // then an eighth of the block so far: a look costs the blocked loop about a millisecond
const LOOK_GAP_SHARE = 1 / 8
const REST_POLL_SHARE = 0.7 // of the threshold, while the loop rests: a block is noticed before its first look is due
const SLEEP_AFTER_MS = 5000 // of a rest in which nothing stirred: then the polls are most of what the process does
export const SLEEP_POLL_MS = 1000 // a longer block by a timer is still looked at while it lasts; a request wakes this thread
// a block that was not seen because of that: from then on none is missed until an hourly job had its next run
const WAKEFUL_MS = 65 * 60_000
const STIR_SHARE = 0.4 // of the threshold, on a processor between two polls: our own samples take far less
const BUSY_SHARE = 0.6 // of a processor, between two polls: a loop that rests uses none
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
  /** Processor time of the process, for where the main thread's own is not known. */
  processMs: () => number
  /** Nothing to ask about any more. */
  rest: () => void
  onStall: (stall: WatchedStall) => void
  /** Until the next look at a loop that does nothing; default a second. */
  sleepMs?: () => number
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
  /** While the loop rests: since when the main thread has been running all the time, by its processor time. */
  #ranSinceMs: number
  #ran: Ran | null = null
  /** Since when nothing stirred. */
  #calmSinceMs: number
  #wakefulUntilMs = Number.NEGATIVE_INFINITY
  #isAsleep = false
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
    this.#ranSinceMs = this.#awakeSinceMs
    this.#calmSinceMs = this.#awakeSinceMs
    this.#dueMs = this.#awakeSinceMs + this.intervalMs
    this.#blocksRead = options.heart.blockCount
  }

  /** To be called again after the returned time. */
  poll(): number {
    const { nowMs } = this.#options
    const now = nowMs()
    const aliveMs = aliveTime(this.#options.ownTimes())
    if (now - this.#dueMs > this.intervalMs) this.#wakeLate(now, aliveMs)
    this.#aliveMs = aliveMs
    this.#watchRest(now)
    // while an answer is on its way, the block it belongs to is not judged
    if (!this.#isAsking) {
      this.#readBlocks()
      this.#look(now)
    }
    this.#sleepOrWake(now)
    const { sleepMs = () => SLEEP_POLL_MS } = this.#options
    const delayMs = this.#isAsleep ? sleepMs() : this.#pollDelayMs(now)
    this.#dueMs = now + delayMs
    return delayMs
  }

  #pollDelayMs(now: number): number {
    const { heart, thresholdMs } = this.#options
    const firstLookMs = this.#standingSinceMs() + thresholdMs * FIRST_LOOK_SHARE
    const untilLookMs = Math.max(firstLookMs, this.#nextLookMs) - now
    const pollMs = heart.isResting ? Math.max(this.intervalMs, thresholdMs * REST_POLL_SHARE) : this.intervalMs
    return Math.min(pollMs, untilLookMs > 0 ? untilLookMs : LOOK_GAP_MS)
  }

  #sleepOrWake(now: number): void {
    const { heart } = this.#options
    const calmMs = now - Math.max(this.#calmSinceMs, heart.lastStirMs)
    const isCalm = heart.isResting && !this.#isAsking && calmMs >= SLEEP_AFTER_MS && now >= this.#wakefulUntilMs
    if (isCalm) heart.sleep(true)
    // a rest that ended in this moment wakes only who said before that it sleeps
    this.#isAsleep = isCalm && heart.isResting
    if (!this.#isAsleep) heart.sleep(false)
  }

  /** A thread that ran or waited for a processor meanwhile was not stopped. */
  #wakeLate(now: number, aliveMs: number | null): void {
    const keptMs = aliveMs === null || this.#aliveMs === null ? 0 : aliveMs - this.#aliveMs
    const lostMs = now - this.#dueMs - keptMs
    if (lostMs <= this.intervalMs) return
    this.#lost.push({ fromMs: now - lostMs, toMs: now })
    this.#awakeSinceMs = now
  }

  /** A loop that rests does not beat; one that is blocked in JavaScript uses a processor. */
  #watchRest(now: number): void {
    const { heart, mainTimes, processMs, thresholdMs } = this.#options
    if (!heart.isResting) {
      this.#ran = null
      this.#calmSinceMs = now
      return
    }
    const times = mainTimes()
    const ranMs = aliveTime(times) ?? processMs()
    const before = this.#ran
    this.#ran = { atMs: now, ranMs, waitedMs: times?.waitedMs ?? 0 }
    if (before === null || onProcessorMs(before, this.#ran) > thresholdMs * STIR_SHARE) this.#calmSinceMs = now
    if (before === null || ranMs - before.ranMs < (now - before.atMs) * BUSY_SHARE) this.#ranSinceMs = now
  }

  #standingSinceMs(): number {
    const { heart } = this.#options
    const sinceMs = Math.max(heart.lastBeatMs, this.#awakeSinceMs)
    return heart.isResting ? Math.max(sinceMs, this.#ranSinceMs) : sinceMs
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
    const standingMs = now - this.#standingSinceMs()
    if (heart.isOff || standingMs < thresholdMs * FIRST_LOOK_SHARE || now < this.#nextLookMs) return
    if (this.#looks.length >= MAX_LOOKS) return
    this.#isAsking = true
    this.#hasAsked = true
    void this.#ask(now, beat).finally(() => {
      this.#isAsking = false
    })
  }

  async #ask(askedAtMs: number, beat: number): Promise<void> {
    const { ask, mainTimes, nowMs } = this.#options
    const waitedBefore = this.#waitedAtLookMs ?? mainTimes()?.waitedMs ?? null
    const answer = await ask()
    const waitedAfter = mainTimes()?.waitedMs ?? null
    this.#waitedAtLookMs = waitedAfter
    const standingMs = nowMs() - this.#standingSinceMs()
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
    // the end of a block that a rest followed is known to within that rest, its first look is certain
    const begunMs = Math.min(startMs, looks[0]?.askedAtMs ?? startMs)
    const verdict = judge(looks, durationMs - lostMs)
    if (this.#isAsleep && verdict.frames.length === 0) this.#wakefulUntilMs = this.#options.nowMs() + WAKEFUL_MS
    onStall({ startMs: begunMs, durationMs: durationMs - lostMs, requestsInFlight, ...verdict })
  }
}

/** By the main thread's processor time. */
interface Ran {
  atMs: number
  /** Including what it waited for a processor. */
  ranMs: number
  waitedMs: number
}

function onProcessorMs(from: Ran, to: Ran): number {
  return to.ranMs - to.waitedMs - (from.ranMs - from.waitedMs)
}

function aliveTime(times: ThreadTimes | null): number | null {
  return times === null ? null : times.ranMs + times.waitedMs
}
