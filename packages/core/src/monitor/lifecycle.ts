// Starts and stops the parts in order; what fails to start is contained, and the others start all the same.
import { registerInto } from '../exporters/prom-client.js'
import type { Parts } from './parts.js'

export class Lifecycle {
  readonly #parts: Parts
  readonly #onStop: () => void
  #unregister: (() => void) | null = null
  #running = false
  #transition: Promise<void> = Promise.resolve()

  /** `onStop` comes before the first part is stopped. */
  constructor(parts: Parts, onStop: () => void) {
    this.#parts = parts
    this.#onStop = onStop
  }

  get running(): boolean {
    return this.#running
  }

  start(): Promise<void> {
    if (!this.#running && this.#parts.config.enabled) {
      this.#running = true
      this.#then(() => this.#startParts())
    }
    return this.#transition
  }

  stop(): Promise<void> {
    if (this.#running) {
      this.#running = false
      this.#then(() => this.#stopParts())
    }
    return this.#transition
  }

  /** One after another, in the order asked for: a stop that overtakes its start would leave what the start opens. */
  #then(step: () => Promise<void>): void {
    this.#transition = this.#transition.then(step)
  }

  async #startParts(): Promise<void> {
    const { config, guard, runtime, connects, instruments, reader, census, sampler, diagnosis, watchdog } = this.#parts
    const { system, server } = this.#parts
    guard.run('runtime collector', () => runtime.start(), undefined)
    if (config.enableIoMonitoring) guard.run('connect latency', () => connects.start(), undefined)
    for (const each of instruments) guard.run(`instrument ${each.name}`, () => each.start(), undefined)
    const { registry } = config
    if (registry !== null) {
      const read = () => reader.expositionInput()
      this.#unregister = guard.run('registry', () => registerInto(registry, read, { guard }), null)
    }
    guard.run('census', () => census.start(), undefined)
    sampler.start()
    guard.run('diagnosis', () => diagnosis.start(), undefined)
    guard.run('watchdog', () => watchdog?.start(), undefined) // before the thread that reads its beats
    await Promise.all([
      guard.runAsync('system collectors', () => system.start(), undefined),
      guard.runAsync('prometheusPort', async () => server?.listen(), undefined),
    ])
  }

  async #stopParts(): Promise<void> {
    const { guard, http, diagnosis, advice, sampler, runtime, connects, instruments, pools, census } = this.#parts
    const { server, profiler, places, system, watchdog, tracker } = this.#parts
    this.#onStop()
    guard.run('http', () => http.close(), undefined)
    diagnosis.stop()
    advice?.stop()
    await sampler.stop()
    guard.run('runtime collector', () => runtime.stop(), undefined)
    guard.run('connect latency', () => connects.stop(), undefined)
    for (const each of instruments) guard.run(`instrument ${each.name}`, () => each.stop(), undefined)
    pools.clear()
    guard.run('census', () => census.stop(), undefined)
    guard.run('registry', () => this.#unregister?.(), undefined)
    this.#unregister = null
    await guard.runAsync('prometheusPort', async () => server?.close(), undefined)
    guard.run('profiler', () => profiler.stop(), undefined)
    guard.run('places', () => places.stop(), undefined)
    await guard.runAsync('system collectors', () => system.stop(), undefined)
    guard.run('watchdog', () => watchdog?.stop(), undefined)
    tracker.stop()
  }
}
