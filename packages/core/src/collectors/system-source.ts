import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Clock, TimerHandle } from '../clock.js'
import type { Guard } from '../guard.js'
import type { SystemMetrics } from '../types/metrics.js'
import type { ThreadExtension } from '../types/thread.js'
import {
  type FromThread,
  IS_RESTING,
  processMonotonicMs,
  type SampleMessage,
  SHARED_BYTES,
  type ThreadData,
  UNREAD,
} from './thread-messages.js'

const STALE_INTERVALS = 3 // one may be missed on a busy machine; after three the figures are the past
const FIRST_RESTART_MS = 5000 // then doubled: at most three restarts in the first minute
const MAX_RESTART_MS = 60_000
const HEALTHY_MS = 60_000 // a thread that lived this long starts the count anew
const STOP_GRACE_MS = 500 // it ends in a few; longer is a job stuck in the thread pool
const BOOT_GRACE_MS = 5000 // on a loaded machine it may still be loading its modules
const PART = 'system-thread'

// a worker of default size may take as much as the app itself; ours holds a few hundred KB
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 2, stackSizeMb: 2 }

export interface SystemSourceOptions {
  intervalMs: number
  /** False: disks and network interfaces are not read. */
  ioMonitoring: boolean
  guard: Guard
  clock: Clock
  /** What else works in the thread. */
  extensions?: readonly ThreadExtension[]
  /** Entry of the thread, for tests. */
  threadUrl?: URL
}

export interface SystemFigures {
  system: SystemMetrics | null
  threadPoolDelayMs: number | null
  /** Files, sockets and pipes that this process holds open. */
  openFiles: number | null
}

const NO_FIGURES: Readonly<SystemFigures> = Object.freeze({ system: null, threadPoolDelayMs: null, openFiles: null })

interface Thread {
  worker: Worker
  port: MessagePort
  shared: Int32Array
  ended: Promise<void>
  startedAtMs: number
  failure: unknown
  hasPosted: boolean
}

/** The system's figures from the monitor's thread, which is started again (slowly) when it dies. */
export class SystemSource {
  readonly #options: SystemSourceOptions
  #thread: Thread | null = null
  #restart: TimerHandle | null = null
  #restartDelayMs = FIRST_RESTART_MS
  #isRunning = false
  #isResting = false
  /** `atMs` is on the injected clock: when the sample was posted. */
  #last: { message: SampleMessage; atMs: number } | null = null
  #isStaleReported = false
  #failing = new Set<string>()

  constructor(options: SystemSourceOptions) {
    this.#options = options
  }

  /** Returns once the thread is on its way; the first figures follow as soon as it has booted. */
  async start(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#spawn()
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    this.#restart?.cancel()
    this.#restart = null
    const thread = this.#thread
    this.#thread = null
    this.#last = null
    this.#restartDelayMs = FIRST_RESTART_MS
    if (thread !== null) await this.#end(thread)
  }

  /** Fetches what the thread has posted: nothing wakes the main loop in between. */
  read(): SystemFigures {
    const { clock, guard, intervalMs } = this.#options
    if (this.#thread !== null) this.#fetch(this.#thread)
    if (this.#last === null) return NO_FIGURES
    const ageMs = clock.monotonicMs() - this.#last.atMs
    if (ageMs > STALE_INTERVALS * intervalMs) {
      if (!this.#isStaleReported && this.#thread !== null) {
        guard.report(PART, new Error(`no system figures for ${Math.round(ageMs)} ms`))
        this.#isStaleReported = true
      }
      return NO_FIGURES
    }
    const { system, threadPoolDelayMs, openFiles } = this.#last.message
    return { system, threadPoolDelayMs, openFiles }
  }

  /** While the loop rests nothing new waits for the thread pool: it is asked once a sample then. */
  rest(isResting: boolean): void {
    this.#isResting = isResting
    if (this.#thread !== null) Atomics.store(this.#thread.shared, IS_RESTING, isResting ? 1 : 0)
  }

  #spawn(): void {
    const { intervalMs, ioMonitoring, threadUrl, guard, clock, extensions = [] } = this.#options
    const { port1: port, port2 } = new MessageChannel()
    try {
      const shared = new SharedArrayBuffer(SHARED_BYTES)
      const connected = extensions.map((extension) => ({ extension, ...extension.connect() }))
      const workerData: ThreadData = {
        port: port2,
        shared,
        intervalMs,
        ioMonitoring,
        extensions: connected.map(({ extension: { name, url }, data }) => ({ name, url: url.href, data })),
      }
      const worker = new Worker(threadUrl ?? new URL('./thread.js', import.meta.url), {
        workerData,
        transferList: [port2, ...connected.flatMap(({ transfer }) => transfer)],
        name: 'perf-monitor',
        execArgv: [], // the app's --require and --import hooks are not for us
        env: {}, // nor are NODE_OPTIONS and the app's secrets
        stdin: false,
        stdout: false,
        stderr: false,
        resourceLimits: RESOURCE_LIMITS,
      })
      worker.unref()
      const thread: Thread = {
        worker,
        port,
        shared: new Int32Array(shared),
        ended: ending(worker),
        startedAtMs: clock.monotonicMs(),
        failure: null,
        hasPosted: false,
      }
      worker.on('error', (error) => {
        thread.failure = error // reported at the exit that follows, after the last samples were fetched
      })
      worker.on('exit', (code) => this.#onExit(thread, code))
      this.#thread = thread
      this.rest(this.#isResting)
    } catch (error) {
      // a process under --permission without --allow-worker may not start one
      port.close()
      guard.report(PART, error)
      this.#restartLater()
    }
  }

  #onExit(thread: Thread, code: number): void {
    if (this.#thread !== thread) return // stopped
    this.#fetch(thread)
    thread.port.close()
    this.#thread = null
    this.#last = null
    const { guard, clock } = this.#options
    guard.report(PART, thread.failure ?? new Error(`the thread ended with code ${code}`))
    if (clock.monotonicMs() - thread.startedAtMs >= HEALTHY_MS) this.#restartDelayMs = FIRST_RESTART_MS
    this.#restartLater()
  }

  #restartLater(): void {
    if (!this.#isRunning) return
    this.#restart = this.#options.clock.after(this.#restartDelayMs, () => {
      this.#restart = null
      this.#spawn()
    })
    this.#restartDelayMs = Math.min(this.#restartDelayMs * 2, MAX_RESTART_MS)
  }

  #fetch(thread: Thread): void {
    let newest: SampleMessage | null = null
    for (;;) {
      const received = receiveMessageOnPort(thread.port) as { message: FromThread } | undefined
      if (received === undefined) break
      if (received.message.type !== 'sample') continue
      Atomics.sub(thread.shared, UNREAD, 1)
      newest = received.message
      this.#report(newest)
    }
    if (newest === null) return
    thread.hasPosted = true
    const { clock, guard } = this.#options
    // a main thread that was blocked finds old samples in the queue: they count from when they were posted
    this.#last = { message: newest, atMs: clock.monotonicMs() - Math.max(0, processMonotonicMs() - newest.postedAtMs) }
    this.#isStaleReported = false
    guard.recover(PART)
  }

  #report({ faults }: SampleMessage): void {
    const { guard } = this.#options
    const failing = new Set(faults.map(({ part }) => part))
    for (const { part, message } of faults) guard.report(part, new Error(message))
    for (const part of this.#failing) if (!failing.has(part)) guard.recover(part)
    this.#failing = failing
  }

  /**
   * Asks the thread to end, and terminates it when it does not; never while it loads its modules, which leaves their files open on
   * Node 20. The wait is bounded: what then still runs is unref'd, and finds the request to end once it has loaded.
   */
  async #end(thread: Thread): Promise<void> {
    const { worker, port, ended } = thread
    worker.ref() // without it a process that has nothing else to do would end inside `await stop()`
    port.postMessage({ type: 'stop' })
    if (!(await this.#within(ended, STOP_GRACE_MS))) {
      const hasLoaded = thread.hasPosted || receiveMessageOnPort(port) !== undefined
      if (hasLoaded) void worker.terminate()
      await this.#within(ended, hasLoaded ? STOP_GRACE_MS : BOOT_GRACE_MS)
    }
    worker.unref()
    port.close()
  }

  async #within(promise: Promise<void>, limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(limitMs, () => resolve(false))
      void promise.then(() => {
        timer.cancel()
        resolve(true)
      })
    })
  }
}

function ending(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.once('exit', () => resolve()))
}
