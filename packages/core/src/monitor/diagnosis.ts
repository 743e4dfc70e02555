// Looks at the recent past of its own accord: since when a cause is there, when it has gone, and which capture a finding lacks.
import type { Clock, TimerHandle } from '../clock.js'
import { ProfileRefusal } from '../errors.js'
import type { Guard } from '../guard.js'
import type { Analysis } from '../optimizer/optimizer.js'
import type { WantedCapture, WantedType } from '../types/captures.js'
import { STARTUP_MS } from '../types/reading.js'

export const ROUND_MS = 10_000 // a cause is known within seconds of its evidence, and a round costs milliseconds
export const LIVE_WINDOW_MS = 180_000 // long enough for 20 runs of a quiet route, short enough to see within minutes that a cause has gone
/** Short, because the app pays for them: a CPU profile some percent of its CPU. A leak must outlive what is allocated anyhow. */
export const CAPTURE_MS: Readonly<Record<WantedType, number>> = {
  cpu: 5000,
  allocation: 5000,
  census: 5000,
  heap: 15_000,
}
export const CAPTURE_GAP_MS = 4000 // between two of them the app runs as if nobody looked: with rounds of 10 s, half of the time at most
export const SAME_REASON_MS = 300_000 // what five minutes ago told nothing new tells nothing new now
export const MAX_CAPTURES_PER_HOUR = 20

const PART = 'diagnosis'
const HOUR_MS = 3_600_000
const ROUND_SHARE = 0.05 // of the time at most, what other work makes it wait included; many operations make a round long
const HELD_SHARE = 0.01 // of the event loop at most: over ten thousand operations a round takes a quarter of a second
const MAX_ROUND_GAP_MS = 60_000

export interface DiagnosisOptions {
  clock: Clock
  guard: Guard
  /** A live round over the last so many ms. */
  analyse: (windowMs: number) => Promise<Analysis>
  /** Whether anything ended since the last round: an app that does nothing is not looked at. */
  hasTraffic: () => boolean
  /** Takes a capture and resolves when it is complete. Rejects with a `ProfileRefusal` when the app cannot bear it now. */
  take: (capture: WantedCapture, durationMs: number) => Promise<unknown>
}

export class Diagnosis {
  readonly #options: DiagnosisOptions
  readonly #reasons = new Map<string, number>()
  /** Monotonic ms at which captures of the last hour began. */
  #taken: number[] = []
  #capturedMs = Number.NEGATIVE_INFINITY
  #isCapturing = false
  #timer: TimerHandle | null = null
  #isRunning = false

  constructor(options: DiagnosisOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#schedule(STARTUP_MS + ROUND_MS / 2)
  }

  stop(): void {
    this.#isRunning = false
    this.#timer?.cancel()
    this.#timer = null
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#options.clock.after(delayMs, () => void this.#round())
  }

  async #round(): Promise<void> {
    const { clock, guard, analyse, hasTraffic } = this.#options
    const startedMs = clock.monotonicMs()
    let heldMs = 0
    await guard.runAsync(
      PART,
      async () => {
        if (!hasTraffic()) return
        const analysis = await analyse(LIVE_WINDOW_MS)
        heldMs = analysis.heldMs
        if (this.#isRunning) this.#capture(analysis.wanted)
      },
      undefined,
    )
    if (!this.#isRunning) return
    const tookMs = clock.monotonicMs() - startedMs
    this.#schedule(Math.min(MAX_ROUND_GAP_MS, Math.max(ROUND_MS, tookMs / ROUND_SHARE, heldMs / HELD_SHARE)))
  }

  #capture(wanted: readonly WantedCapture[]): void {
    const { clock, take, guard } = this.#options
    const nowMs = clock.monotonicMs()
    this.#taken = this.#taken.filter((atMs) => nowMs - atMs < HOUR_MS)
    for (const [reason, atMs] of this.#reasons) if (nowMs - atMs >= SAME_REASON_MS) this.#reasons.delete(reason)
    if (this.#isCapturing || this.#taken.length >= MAX_CAPTURES_PER_HOUR) return
    if (nowMs - this.#capturedMs < CAPTURE_GAP_MS) return
    const next = wanted.find(({ type, reason }) => !this.#reasons.has(`${type} ${reason}`))
    if (next === undefined) return
    this.#isCapturing = true
    void take(next, CAPTURE_MS[next.type])
      .then(
        () => {
          // what was refused or failed may be asked for again in the next round
          this.#taken.push(nowMs)
          this.#reasons.set(`${next.type} ${next.reason}`, nowMs)
        },
        (error: unknown) => {
          if (!(error instanceof ProfileRefusal)) guard.report(PART, error)
        },
      )
      .finally(() => {
        this.#isCapturing = false
        this.#capturedMs = clock.monotonicMs()
      })
  }
}
