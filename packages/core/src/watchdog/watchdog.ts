// Sees every block of the event loop, and where it was. The looking is done by the monitor's thread (`thread.ts`).
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Clock } from '../clock.js'
import type { Guard } from '../guard.js'
import { appRoot } from '../inspect/app-root.js'
import type { ScopeObserver } from '../tracker/tracker.js'
import type { Profile } from '../types/metrics.js'
import { STARTUP_MS } from '../types/reading.js'
import type { Stall, StallRecord } from '../types/stalls.js'
import type { ThreadExtension } from '../types/thread.js'
import { Heart, processMonotonicMs } from './heart.js'
import type { FromWatch, StallMessage, ToWatch, WatchData } from './messages.js'
import { withNativePlaces } from './native-places.js'
import { installStallProbe } from './probe.js'
import { Pulse } from './pulse.js'
import { type RestListener, Rhythm } from './rhythm.js'
import { StallLog, Stalls } from './stalls.js'

export interface WatchdogOptions {
  /** Above 0. */
  thresholdMs: number
  clock: Clock
  guard: Guard
  /** What runs in the current async context; only reads. */
  current: () => { component: string; operation: string } | null
  requestsInFlight: () => number
  /** Tells of operations, so that the beats can rest while there are none; without it they never do. */
  scope?: { observer: ScopeObserver | null }
  /** Is told when they rest. */
  restListener?: RestListener
  /** How long after `start()` blocks are those of start-up; default 10 s. */
  startupMs?: number
  /** Default: the folder of the started package. */
  root?: string
}

/** Give it to the thread as an extension, and start it before the thread. */
export class Watchdog implements ThreadExtension {
  readonly name = 'watchdog'
  readonly url = new URL('./thread.js', import.meta.url)
  readonly #options: WatchdogOptions
  readonly #heart = new Heart()
  readonly #stalls = new Stalls()
  readonly #log = new StallLog()
  readonly #listeners = new Set<(stall: Stall) => void>()
  #probe: ReturnType<typeof installStallProbe> | null = null
  #rhythm: Rhythm | null = null
  #port: MessagePort | null = null

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#heart.beat(processMonotonicMs(), true) // until it is started, standing still means nothing
  }

  /** Per place, since start, the longest in total first. */
  get stalls(): StallRecord[] {
    return this.#stalls.records
  }

  /**
   * Of the blocks between (epoch ms), per place, the longest in total first. Those without a place get the one that a profile
   * shows for their operation.
   */
  stallsIn(fromMs: number, toMs: number, profiles: readonly Profile[] = []): StallRecord[] {
    return withNativePlaces(this.#log.between(fromMs, toMs), profiles)
  }

  /** Whether the thread looks: without it nothing is known of blocks. */
  get isWatching(): boolean {
    return this.#port !== null
  }

  /** `null` when there was none. */
  longestIn(fromMs: number, toMs: number): Stall | null {
    return this.#log.longest(fromMs, toMs)
  }

  /** Places that made room for others. */
  get forgottenCount(): number {
    return this.#stalls.forgottenCount
  }

  /** Idempotent. */
  start(): void {
    if (this.#rhythm !== null) return
    const {
      clock,
      guard,
      thresholdMs,
      requestsInFlight,
      scope = null,
      restListener = null,
      startupMs = STARTUP_MS,
    } = this.#options
    const isDebugged = debuggerCheck()
    const pulse = new Pulse({
      heart: this.#heart,
      thresholdMs,
      nowMs: processMonotonicMs,
      activeMs: () => performance.eventLoopUtilization().active,
      requestsInFlight,
      isDebugged,
      armedAtMs: processMonotonicMs() + startupMs,
    })
    const guarded = (step: () => void) => guard.run(this.name, step, undefined)
    const rouse = () => this.#port?.postMessage({ type: 'rouse' } satisfies ToWatch)
    this.#rhythm = new Rhythm({ clock, heart: this.#heart, pulse, scope, listener: restListener, rouse, guarded })
    this.#rhythm.start()
  }

  /** Idempotent. What was seen can still be read. */
  stop(): void {
    this.#rhythm?.stop()
    this.#rhythm = null
    this.#heart.beat(processMonotonicMs(), true)
    this.#probe?.remove()
    this.#probe = null
    this.#port?.close()
    this.#port = null
  }

  /** Called once per block, after it. @returns what ends it */
  onStall(listener: (stall: Stall) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  connect(): { data: WatchData; transfer: MessagePort[] } {
    const { thresholdMs, current, root = appRoot() } = this.#options
    this.#probe ??= installStallProbe({ heart: this.#heart, nowMs: processMonotonicMs, current })
    this.#port?.close() // of a thread that died
    this.#heart.sleep(false)
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (message: FromWatch) => this.#receive(message))
    port1.unref()
    this.#port = port1
    const { expression } = this.#probe
    return { data: { port: port2, heart: this.#heart.buffer, thresholdMs, expression, root }, transfer: [port2] }
  }

  #receive(message: FromWatch): void {
    const { guard } = this.#options
    if (message.type === 'fault') guard.report(this.name, new Error(message.message))
    else guard.run(this.name, () => this.#add(message), undefined)
  }

  #add({ startMs, durationMs, requestsInFlight, operation, stack }: StallMessage): void {
    const startedAtMs = this.#options.clock.now() - Math.max(0, processMonotonicMs() - startMs)
    const stall: Stall = {
      location: stack[0] ?? null,
      stack,
      component: operation?.[0] ?? null,
      operation: operation?.[1] ?? null,
      durationMs,
      requestsInFlight,
      startedAt: new Date(startedAtMs).toISOString(),
    }
    this.#log.add({ ...stall, stack: this.#stalls.add(stall), startMs: startedAtMs })
    for (const listener of this.#listeners) {
      this.#options.guard.run('stall listener', () => listener(stall), undefined)
    }
  }
}

/** Whether the inspector listens: a breakpoint is no stall, and a second debugger would be in the first one's way. */
function debuggerCheck(): () => boolean {
  try {
    const inspector = process.getBuiltinModule('node:inspector')
    return () => inspector.url() !== undefined
  } catch {
    return () => false // a Node without inspector
  }
}
