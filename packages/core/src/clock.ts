// Time is passed in: what core dates, times or schedules goes through a Clock, so that tests advance time instead of sleeping.
// Real time is read where nothing else will do: slices and the own cost (performance.now), the threads (hrtime), a driver's stamps.
import { performance } from 'node:perf_hooks' // the global of that name is a getter: 8 ns more at each reading

const SHARED_FROM_MS = 1000
const AFTER_SAMPLE_MS = 1 // due while the sample is taken, so that one wake-up serves both

export interface TimerHandle {
  cancel(): void
}

export interface Clock {
  /** Wall clock, epoch ms: for timestamps, never for durations. */
  now(): number
  /** Monotonic ms with sub-millisecond resolution: for durations. */
  monotonicMs(): number
  /** Repeats until cancelled; never keeps the process alive. */
  every(intervalMs: number, run: () => void): TimerHandle
  /** Runs once; never keeps the process alive. */
  after(delayMs: number, run: () => void): TimerHandle
}

export const systemClock: Clock = Object.freeze({
  now: Date.now,
  // `now` is looked up per call: test tools that fake timers replace it
  monotonicMs: () => performance.now(),
  every(intervalMs: number, run: () => void): TimerHandle {
    if (intervalMs >= SHARED_FROM_MS) return everyMultiple(intervalMs, run)
    const timer = setInterval(run, intervalMs)
    timer.unref()
    return { cancel: () => clearInterval(timer) }
  },
  after(delayMs: number, run: () => void): TimerHandle {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
})

/**
 * Until the next whole multiple of the interval by the wall clock, less `leadMs`: no drift, and what is timed alike wakes the process
 * once. A timer that fired a hair early does not fire twice.
 */
export function untilMultipleMs(nowMs: number, intervalMs: number, leadMs = 0): number {
  const delayMs = intervalMs - ((nowMs + leadMs) % intervalMs)
  return delayMs < intervalMs / 4 ? delayMs + intervalMs : delayMs
}

/** How long before the main thread's sample the monitor's thread takes its own: late enough to be fresh, and there in time. */
export function sampleLeadMs(intervalMs: number): number {
  return Math.min(20, intervalMs / 10)
}

/**
 * All of them in the same moment, `leadMs` before a whole multiple: a process that sleeps is woken once, not once for each (0.1 ms of
 * a processor).
 */
export function everyMultiple(intervalMs: number, run: () => void, leadMs = -AFTER_SAMPLE_MS): TimerHandle {
  let timer: TimerHandle
  const schedule = () => {
    timer = systemClock.after(untilMultipleMs(Date.now(), intervalMs, leadMs), () => {
      schedule()
      run()
    })
  }
  schedule()
  return { cancel: () => timer.cancel() }
}

const DEAR_MS = 0.05 // of the steps between two looks: the clock is read at every step then, at a thousandth of their cost

/** When work that counts its steps looks at the clock: after some while they are cheap, as reading it costs as much as a cheap one. */
export class Looks {
  readonly #maxSteps: number
  #stepsPerLook = 1
  #stepsLeft = 1
  #lastMs: number

  /** `maxSteps`: between two looks at most. */
  constructor(maxSteps: number, nowMs: number) {
    this.#maxSteps = maxSteps
    this.#lastMs = nowMs
  }

  /** Counts a step. @returns whether the clock is to be looked at: then say `looked` */
  isDue(): boolean {
    return --this.#stepsLeft <= 0
  }

  looked(nowMs: number): void {
    const isDear = nowMs - this.#lastMs > DEAR_MS
    this.#stepsPerLook = isDear ? 1 : Math.min(2 * this.#stepsPerLook, this.#maxSteps)
    this.#stepsLeft = this.#stepsPerLook
    this.#lastMs = nowMs
  }

  /** A slice begins: the time until now was no step's. */
  begin(nowMs: number): void {
    this.#lastMs = nowMs
  }
}

interface ManualTimer {
  due: number
  readonly intervalMs: number | null
  readonly run: () => void
}

/** A clock that stands still until it is advanced. Timers run in order of their due time. */
export class ManualClock implements Clock {
  #now: number
  #monotonicMs = 0
  #timers: ManualTimer[] = []

  constructor(startEpochMs = Date.UTC(2026, 0, 1)) {
    this.#now = startEpochMs
  }

  now(): number {
    return this.#now
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  every(intervalMs: number, run: () => void): TimerHandle {
    return this.#add(intervalMs, intervalMs, run)
  }

  after(delayMs: number, run: () => void): TimerHandle {
    return this.#add(delayMs, null, run)
  }

  /** Pending timers: a test of `stop()` expects 0. */
  get timerCount(): number {
    return this.#timers.length
  }

  advance(ms: number): void {
    const end = this.#monotonicMs + ms
    for (;;) {
      const next = this.#timers.reduce<ManualTimer | null>(
        (first, timer) => (timer.due <= end && (first === null || timer.due < first.due) ? timer : first),
        null,
      )
      if (next === null) break
      this.#move(next.due - this.#monotonicMs)
      if (next.intervalMs === null) this.#timers = this.#timers.filter((timer) => timer !== next)
      else next.due += next.intervalMs
      next.run()
    }
    this.#move(end - this.#monotonicMs)
  }

  #move(ms: number): void {
    this.#monotonicMs += ms
    this.#now += ms
  }

  #add(delayMs: number, intervalMs: number | null, run: () => void): TimerHandle {
    const timer = { due: this.#monotonicMs + delayMs, intervalMs, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }
}
