// Who creates timers, sockets, files and jobs of the thread pool, and which of them never end. `async_hooks` tells, at a cost: so it is on
// for some seconds when somebody asks, and off without a trace otherwise.
import type { Clock, TimerHandle } from '../clock.js'
import { PerfMonitorError, ProfileRefusal } from '../errors.js'
import type { Guard } from '../guard.js'
import type { RawFrame } from '../tracker/frames.js'
import type { ResourceCensus } from '../types/captures.js'
import type { SourceLocation } from '../types/findings.js'
import { CrowdedEmitters } from './listeners.js'
import { Observation, type Running } from './observation.js'

const MIN_CENSUS_MS = 100
const MAX_CENSUS_MS = 30_000
const MAX_CENSUSES = 10 // kept; a site takes some 500 bytes, 200 of them at most

export interface ResourceCensusOptions {
  clock: Clock
  guard: Guard
  /** What runs in the present async context. */
  current: () => Running | null
  /** From a frame to the place in what the app's authors wrote. */
  resolve: (frame: RawFrame) => SourceLocation
  random?: () => number
}

interface Run {
  readonly observation: Observation
  readonly timer: TimerHandle
  readonly done: (census: ResourceCensus) => void
}

export class ResourceCensusTaker {
  readonly #options: ResourceCensusOptions
  readonly #emitters: CrowdedEmitters
  #kept: { endedAtMs: number; census: ResourceCensus }[] = []
  #run: Run | null = null

  constructor(options: ResourceCensusOptions) {
    this.#options = options
    this.#emitters = new CrowdedEmitters(options)
  }

  /** From here on warnings of too many listeners are kept. */
  start(): void {
    this.#emitters.start()
  }

  /** A census that runs ends at once, and resolves with what it saw. */
  stop(): void {
    this.#finish()
    this.#emitters.stop()
  }

  /**
   * Watches for `durationMs`. One at a time: rejects with a `ProfileRefusal` while one runs.
   * @throws PerfMonitorError `PERF_ARGUMENT_INVALID`, as a rejection
   */
  async take(durationMs: number): Promise<ResourceCensus> {
    if (!Number.isInteger(durationMs) || durationMs < MIN_CENSUS_MS || durationMs > MAX_CENSUS_MS) {
      throw new PerfMonitorError(
        'PERF_ARGUMENT_INVALID',
        `\`durationMs\` must be an integer from ${MIN_CENSUS_MS} to ${MAX_CENSUS_MS}, got ${String(durationMs)}`,
      )
    }
    if (this.#run !== null) throw new ProfileRefusal('running', 'a census is being taken: one at a time')
    const { clock, current, resolve, random = Math.random } = this.#options
    return new Promise((done) => {
      // the timer first: it is ours, and not to be counted
      const timer = clock.after(durationMs, () => this.#finish())
      const observation = new Observation({ clock, durationMs, current, resolve, random })
      this.#run = { observation, timer, done }
    })
  }

  /** Ended within the bounds (epoch ms), the newest first; last what has too many listeners now, which is no matter of time. */
  recent(from: number, to: number): ResourceCensus[] {
    const censuses = this.#kept
      .filter(({ endedAtMs }) => endedAtMs >= from && endedAtMs <= to)
      .map(({ census }) => census)
      .reverse()
    const listeners = this.#options.guard.run('census', () => this.#emitters.sites(), [])
    if (listeners.length > 0) {
      censuses.push({ endedAt: new Date(this.#options.clock.now()).toISOString(), durationMs: 0, sites: listeners })
    }
    return censuses
  }

  #finish(): void {
    const run = this.#run
    if (run === null) return
    this.#run = null
    run.timer.cancel()
    const endedAtMs = this.#options.clock.now()
    const { durationMs, sites } = run.observation.end()
    const census = { endedAt: new Date(endedAtMs).toISOString(), durationMs, sites }
    this.#kept.push({ endedAtMs, census })
    if (this.#kept.length > MAX_CENSUSES) this.#kept.shift()
    run.done(census)
  }
}
