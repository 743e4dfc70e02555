// CPU and heap profiles on demand, one at a time. They are taken by the monitor's thread (`thread.ts`) and kept here as bytes.
import { randomUUID } from 'node:crypto'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Clock, TimerHandle } from '../clock.js'
import { PerfMonitorError, ProfileRefusal } from '../errors.js'
import type { Guard } from '../guard.js'
import { appRoot } from '../inspect/app-root.js'
import { installProbe, type Probe, stackFrames } from '../inspect/probe.js'
import type { Tracker } from '../tracker/tracker.js'
import type { Profile, ProfilerData, ProfileShare, ProfileSummary, ProfileType } from '../types/metrics.js'
import type { ThreadExtension } from '../types/thread.js'
import { checkHeadroom, measureMemory } from './headroom.js'
import { KeptProfiles } from './kept.js'
import type {
  CaptureData,
  CapturedMessage,
  CaptureMessage,
  FromCapture,
  LookAnswer,
  ObservedMessage,
} from './messages.js'
import { processMonotonicUs } from './slots.js'
import { Timeline } from './timeline.js'

const MIN_PROFILE_MS = 100
const MAX_PROFILE_MS = 60_000
const TYPES: Record<ProfileType, true> = { cpu: true, heap: true, allocation: true }
const GRACE_MS = 30_000 // beyond its duration: the main thread may be blocked for long, and then it answers nothing

export interface CaptureOptions {
  type: ProfileType
  durationMs: number
  /**
   * CPU: a sample each 10 ms instead of each 1 ms, which costs so little (0 to 3 %) that it is taken of an app at its limit too: for
   * the monitor's own accord. Default false.
   */
  gentle?: boolean
}

export interface ProfilerOptions {
  clock: Clock
  guard: Guard
  /** What may be taken. */
  enabled: Readonly<Record<ProfileType, boolean>>
  /** The last sample's; `null` before the first. */
  eventLoopUtilizationPercent: () => number | null
  /** Whose runs the time is attributed to; without it profiles say nothing of operations. */
  tracker?: Tracker
  /** For tests. */
  memory?: typeof measureMemory
  /** Default: the folder of the started package. */
  root?: string
}

interface Running {
  profile: Profile
  timeline: Timeline | null
  probe: Probe | null
  deadline: TimerHandle
  resolve: (profile: Profile) => void
  reject: (error: Error) => void
}

/** Give it to the thread as an extension. */
export class PerformanceProfiler implements ThreadExtension {
  readonly name = 'profiler'
  readonly url = new URL('./thread.js', import.meta.url)
  readonly #options: ProfilerOptions
  readonly #kept = new KeptProfiles()
  #failed: Profile | null = null
  #running: Running | null = null
  #port: MessagePort | null = null

  constructor(options: ProfilerOptions) {
    this.#options = options
  }

  get data(): ProfilerData {
    const reason = this.#unavailable()
    const running = this.#running === null ? null : summaryOf(this.#running.profile)
    return { available: reason === null, reason, running, profiles: this.list() }
  }

  /** Begins one and returns at once. @throws ProfileRefusal with the reason */
  begin(options: CaptureOptions): ProfileSummary {
    const { profile, completed } = this.#begin(options)
    completed.catch(() => undefined) // its state says so
    return summaryOf(profile)
  }

  /** Takes one and resolves when it is complete. Rejects with a `ProfileRefusal`, or `PERF_PROFILE_FAILED`. */
  async capture(options: CaptureOptions): Promise<Profile> {
    return this.#begin(options).completed
  }

  /** Complete ones and the last that failed, the newest first. */
  list(): ProfileSummary[] {
    const known = this.#kept.profiles
    if (this.#failed !== null) known.push(this.#failed)
    return known.map(summaryOf).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  }

  /** `null` when there is none, or no longer. */
  get(id: string): Profile | null {
    if (this.#running?.profile.id === id) return this.#running.profile
    if (this.#failed?.id === id) return this.#failed
    return this.#kept.get(id)?.profile ?? null
  }

  /** JSON as `.cpuprofile` or `.heapprofile` has it. */
  file(id: string): Uint8Array | null {
    return this.#kept.get(id)?.file ?? null
  }

  /** JSON: the tree of `FlameNode`s, at most some 5,000. */
  flame(id: string): Uint8Array | null {
    return this.#kept.get(id)?.flame ?? null
  }

  /** Complete ones that were taken, in part at least, between (epoch ms), the newest first. */
  profilesIn(fromMs: number, toMs: number): Profile[] {
    return this.#kept.profiles.filter(({ startedAt, durationMs }) => {
      const startMs = Date.parse(startedAt)
      return startMs < toMs && startMs + durationMs > fromMs
    })
  }

  /** Ends a running one; those taken can still be read. Before the thread is stopped. */
  stop(): void {
    this.#fail('the monitor was stopped')
    this.#port?.close()
    this.#port = null
  }

  connect(): { data: CaptureData; transfer: MessagePort[] } {
    this.#fail('the thread that took it ended')
    this.#port?.close()
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (message: FromCapture) => this.#receive(message))
    port1.on('close', () => {
      if (this.#port !== port1) return
      this.#port = null
      this.#fail('the thread that took it ended')
    })
    port1.unref()
    this.#port = port1
    return { data: { port: port2, root: this.#options.root ?? appRoot() }, transfer: [port2] }
  }

  #begin({ type, durationMs, gentle = false }: CaptureOptions): { profile: Profile; completed: Promise<Profile> } {
    const { clock, eventLoopUtilizationPercent, memory = measureMemory } = this.#options
    this.#check(type, durationMs)
    const port = this.#port as MessagePort
    checkHeadroom({ eventLoopUtilizationPercent: gentle ? null : eventLoopUtilizationPercent(), ...memory() })
    const profile: Profile = {
      id: randomUUID(),
      type,
      state: 'running',
      startedAt: new Date(clock.now()).toISOString(),
      durationMs,
      sizeBytes: null,
      error: null,
      unit: type === 'cpu' ? 'ms' : 'bytes',
      total: null,
      functions: [],
      places: [],
      operations: [],
    }
    const timeline = type === 'cpu' ? this.#observe(durationMs) : null
    const probe = type === 'cpu' ? installProbe(this.name, look) : null
    const completed = new Promise<Profile>((resolve, reject) => {
      const deadline = clock.after(durationMs + GRACE_MS, () => this.#fail('the app gave no answer'))
      this.#running = { profile, timeline, probe, deadline, resolve, reject }
    })
    const message: CaptureMessage = {
      ...{ type: 'capture', id: profile.id, profileType: type, durationMs, gentle },
      timeline: timeline?.data ?? null,
      expression: probe?.expression ?? null,
    }
    port.postMessage(message)
    return { profile, completed }
  }

  /** `null` where runs have no scope, or it fails: the profile is taken without operations. */
  #observe(durationMs: number): Timeline | null {
    const { tracker, guard } = this.#options
    if (tracker === undefined || !tracker.hasScope) return null
    return guard.run(
      this.name,
      () => {
        const timeline = new Timeline(tracker, durationMs)
        timeline.start()
        return timeline
      },
      null,
    )
  }

  #check(type: ProfileType, durationMs: number): void {
    if (!Object.hasOwn(TYPES, type)) {
      const known = Object.keys(TYPES).join(', ')
      throw new PerfMonitorError('PERF_ARGUMENT_INVALID', `\`type\` must be one of ${known}, got ${String(type)}`)
    }
    if (!Number.isInteger(durationMs) || durationMs < MIN_PROFILE_MS || durationMs > MAX_PROFILE_MS) {
      throw new PerfMonitorError(
        'PERF_ARGUMENT_INVALID',
        `\`durationMs\` must be an integer from ${MIN_PROFILE_MS} to ${MAX_PROFILE_MS}, got ${String(durationMs)}`,
      )
    }
    if (!this.#options.enabled[type]) {
      throw new ProfileRefusal('off', `${type} profiles are switched off in the configuration`)
    }
    const reason = this.#unavailable()
    if (reason !== null) throw new ProfileRefusal('unavailable', reason)
    if (this.#running !== null) throw new ProfileRefusal('running', 'a profile is being taken: one at a time')
  }

  #unavailable(): string | null {
    const { enabled } = this.#options
    if (!Object.values(enabled).includes(true)) return 'profiles are switched off in the configuration'
    return this.#port === null ? "the monitor's thread does not run" : null
  }

  #receive(message: FromCapture): void {
    const running = this.#running
    if (running === null || running.profile.id !== message.id) return // given up meanwhile
    if (message.type === 'failed') this.#fail(message.message)
    else if (message.type === 'sampled') this.#options.guard.run(this.name, () => this.#endTimeline(running), undefined)
    else this.#options.guard.run(this.name, () => this.#complete(running, message), undefined)
  }

  #endTimeline({ profile, timeline }: Running): void {
    timeline?.stop()
    const exchanges = timeline?.exchanges() ?? new Uint16Array()
    const message: ObservedMessage = { type: 'observed', id: profile.id, exchanges }
    this.#port?.postMessage(message, [exchanges.buffer])
  }

  #complete(running: Running, { file, flame, total, functions, places, operations }: CapturedMessage): void {
    this.#end(running)
    const names = running.timeline?.names() ?? []
    const shareOf = ([number, self]: [number: number, self: number]): ProfileShare => {
      const { component, operation } = names[number - 1] ?? { component: null, operation: null }
      return { component, operation, self, percent: (self / total) * 100 }
    }
    const profile: Profile = {
      ...running.profile,
      ...{ state: 'complete', sizeBytes: file.byteLength, total, functions },
      places: places.map((place) => ({
        ...place,
        percent: (place.self / total) * 100,
        operations: place.operations.map(shareOf),
      })),
      operations: operations.map(shareOf),
    }
    this.#kept.add({ profile, file, flame })
    running.resolve(profile)
  }

  #end({ deadline, timeline, probe }: Running): void {
    this.#running = null
    deadline.cancel()
    timeline?.stop()
    probe?.remove()
  }

  #fail(reason: string): void {
    const running = this.#running
    if (running === null) return
    this.#end(running)
    this.#failed = { ...running.profile, state: 'failed', error: reason }
    running.reject(new PerfMonitorError('PERF_PROFILE_FAILED', `the profile could not be completed: ${reason}`))
  }
}

function summaryOf({ id, type, state, startedAt, durationMs, sizeBytes, error }: Profile): ProfileSummary {
  return { id, type, state, startedAt, durationMs, sizeBytes, error }
}

function look(): LookAnswer {
  return { atUs: processMonotonicUs(), frames: stackFrames() }
}
