// How often the heart beats. While the app does next to nothing, beats would be most of what the process does: then there is one
// after each turn that the loop makes by itself, and one now and then. The first operation that runs ends the rest.
import type { Clock, TimerHandle } from '../clock.js'
import type { ScopeObserver } from '../tracker/tracker.js'
import type { Heart } from './heart.js'
import type { Pulse } from './pulse.js'

const REST_BEAT_MS = 5000 // a block by a timer is reported at the next turn, which is the next sample's or this one's
const TURNS_MS = 5000 // V8 collects garbage in a hundred turns within half a second: no reason to end a rest
const MAX_TURNS = 200 // in that time: more is no rest, and a beat a turn would cost more than regular ones
const CALM_TURNS = 60 // in that time: our sample in slices, a collection of garbage, and what Node does by itself

/** Who need not wake the loop either while it rests. */
export interface RestListener {
  rest(isResting: boolean): void
  /** After each turn of a rest. */
  turned(turnMs: number): void
}

export interface RhythmOptions {
  clock: Clock
  heart: Heart
  pulse: Pulse
  /** Who tells of operations; `null`: there is no rest. */
  scope: { observer: ScopeObserver | null } | null
  listener: RestListener | null
  /** The thread hardly looks: it is to look at once. */
  rouse?: () => void
  /** Contains what fails. */
  guarded: (step: () => void) => void
}

export class Rhythm implements ScopeObserver {
  readonly #options: RhythmOptions
  #timer: TimerHandle | null = null
  #immediate: NodeJS.Immediate | null = null
  #turns = 0
  #turnsSinceMs = 0

  constructor(options: RhythmOptions) {
    this.#options = options
  }

  start(): void {
    const { clock, pulse, guarded } = this.#options
    this.#timer = clock.every(pulse.intervalMs, () => guarded(() => this.#beat()))
  }

  /** Idempotent. */
  stop(): void {
    const { heart, scope, listener, guarded } = this.#options
    if (heart.isResting) guarded(() => listener?.rest(false))
    this.#timer?.cancel()
    this.#timer = null
    if (this.#immediate !== null) clearImmediate(this.#immediate)
    this.#immediate = null
    if (scope?.observer === this) scope.observer = null
    heart.rest(false)
  }

  /** An operation runs. */
  enter(): void {
    this.#options.guarded(() => this.#wake())
  }

  leave(): void {}

  replaced(): void {
    this.enter()
  }

  #beat(): void {
    const { pulse, scope } = this.#options
    pulse.beat()
    // a profile observes operations itself, and wants the loop watched
    if (scope !== null && scope.observer === null && pulse.isQuiet) this.#rest()
  }

  #rest(): void {
    const { clock, heart, scope, listener, guarded } = this.#options
    this.#timer?.cancel()
    heart.rest(true)
    listener?.rest(true)
    if (scope !== null) scope.observer = this
    this.#turns = 0
    this.#turnsSinceMs = heart.lastBeatMs
    this.#timer = clock.every(REST_BEAT_MS, () => guarded(() => this.#turn()))
    this.#awaitTurn()
  }

  /** Not ref'd, it runs when the loop turned for something else, and neither wakes it nor keeps it from sleeping. */
  #awaitTurn(): void {
    this.#immediate = setImmediate(() => this.#options.guarded(() => this.#turned()))
    this.#immediate.unref()
  }

  #turned(): void {
    if (++this.#turns > MAX_TURNS) {
      this.#wake()
      return
    }
    this.#turn()
    const { heart } = this.#options
    if (this.#turns > CALM_TURNS) heart.stir(heart.lastBeatMs)
    if (heart.lastBeatMs - this.#turnsSinceMs >= TURNS_MS) {
      this.#turns = 0
      this.#turnsSinceMs = heart.lastBeatMs
    }
    this.#awaitTurn()
  }

  #turn(): void {
    const { pulse, listener } = this.#options
    listener?.turned(pulse.turn())
  }

  #wake(): void {
    if (this.#timer === null) return // stopped
    const { heart, pulse, listener, rouse } = this.#options
    listener?.turned(pulse.work())
    this.stop()
    this.start()
    if (heart.isWatchAsleep) rouse?.() // after the rest ended: the thread looks at that again before it sleeps
  }
}
