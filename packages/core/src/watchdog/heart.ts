// What the main thread shares with the thread that watches it: a counter that stands still while the loop is blocked, and the
// blocks that ended, as the main thread measured them.

export const STALL_SLOTS = 16 // blocks that the thread has not read yet: it reads some forty times a second

const COUNTERS = 6 // of them one that pads: what follows is aligned to eight bytes
const HEAD_BYTES = COUNTERS * Int32Array.BYTES_PER_ELEMENT
const BEATS = 0
const STALLS = 1
const IS_OFF = 2
const IS_RESTING = 3
const IS_ASLEEP = 4
const LAST_BEAT = 0
const LAST_STIR = 1
const SLOTS = 2
const SLOT_FIELDS = 4

/** A block of the event loop, measured by the main thread. Times are `processMonotonicMs`. */
export interface Block {
  startMs: number
  durationMs: number
  requestsInFlight: number
  /** The counter while it lasted. */
  beat: number
}

export class Heart {
  static readonly BYTES = HEAD_BYTES + Float64Array.BYTES_PER_ELEMENT * (SLOTS + STALL_SLOTS * SLOT_FIELDS)
  readonly buffer: SharedArrayBuffer
  readonly #counters: Int32Array
  readonly #times: Float64Array

  constructor(buffer = new SharedArrayBuffer(Heart.BYTES)) {
    this.buffer = buffer
    this.#counters = new Int32Array(buffer, 0, COUNTERS)
    this.#times = new Float64Array(buffer, HEAD_BYTES)
  }

  get beats(): number {
    return Atomics.load(this.#counters, BEATS)
  }

  get lastBeatMs(): number {
    return this.#times[LAST_BEAT] as number
  }

  /** Before the first beat, while it starts up, and while a debugger may hold the app. */
  get isOff(): boolean {
    return Atomics.load(this.#counters, IS_OFF) === 1
  }

  /** While the loop does next to nothing it beats only now and then: that it stands still says nothing. */
  get isResting(): boolean {
    return Atomics.load(this.#counters, IS_RESTING) === 1
  }

  rest(isResting: boolean): void {
    Atomics.store(this.#counters, IS_RESTING, isResting ? 1 : 0)
  }

  /** When something happened in a rest after which more may come. */
  get lastStirMs(): number {
    return this.#times[LAST_STIR] as number
  }

  stir(nowMs: number): void {
    this.#times[LAST_STIR] = nowMs
  }

  /** Whether the thread looks so rarely that the end of a rest must wake it. Set by the thread. */
  get isWatchAsleep(): boolean {
    return Atomics.load(this.#counters, IS_ASLEEP) === 1
  }

  sleep(isAsleep: boolean): void {
    Atomics.store(this.#counters, IS_ASLEEP, isAsleep ? 1 : 0)
  }

  /** Blocks since the beginning; the last `STALL_SLOTS` of them can be read. */
  get blockCount(): number {
    return Atomics.load(this.#counters, STALLS)
  }

  beat(nowMs: number, isOff: boolean): void {
    this.#times[LAST_BEAT] = nowMs
    Atomics.store(this.#counters, IS_OFF, isOff ? 1 : 0)
    Atomics.add(this.#counters, BEATS, 1)
  }

  /** Before the beat that ends it. */
  addBlock(block: Omit<Block, 'beat'>): void {
    const at = SLOTS + (this.blockCount % STALL_SLOTS) * SLOT_FIELDS
    this.#times.set([block.startMs, block.durationMs, block.requestsInFlight, this.beats], at)
    Atomics.add(this.#counters, STALLS, 1)
  }

  block(index: number): Block {
    const at = SLOTS + (index % STALL_SLOTS) * SLOT_FIELDS
    const [startMs = 0, durationMs = 0, requestsInFlight = 0, beat = 0] = this.#times.subarray(at, at + SLOT_FIELDS)
    return { startMs, durationMs, requestsInFlight, beat }
  }
}

/** Four beats in a threshold: the start of a block is known to within one. */
export function beatIntervalMs(thresholdMs: number): number {
  return Math.min(50, Math.max(5, thresholdMs / 4))
}

/** The one clock that reads the same in all threads of a process: `performance.now` starts at 0 in each. */
export function processMonotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
