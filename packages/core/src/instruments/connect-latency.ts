// Connect time of outbound TCP connections, from the attempt (after the name was looked up) to its end. Node 20 does not publish TLS
// sockets and `new Socket().connect()` on the channel (22.23 and 24.21 do): their connections are taken from `net` performance entries.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import type { Clock } from '../clock.js'
import type { Guard } from '../guard.js'
import { type ConnectOutcome, ConnectWatch, endpointOf } from './connect-watch.js'

const CHANNEL = 'net.client.socket'
const PART = 'connect-latency'
const MAX_WATCHED = 10_000 // sockets that are connecting at the same time; further ones are seen by their entries alone
const MAX_AWAITED_ENTRIES = 1000 // entries follow within a turn of the loop; more than this came from a burst of that size

export interface ConnectLatencyOptions {
  clock: Clock
  guard: Guard
  /** Once per connection. Failures are known only for sockets that Node publishes. */
  onConnect: (host: string, durationMs: number, success: boolean) => void
}

export class ConnectLatency {
  readonly #options: ConnectLatencyOptions
  readonly #watches = new Set<ConnectWatch>()
  /** Connections that were measured at their socket and whose performance entry is still to come, by endpoint. */
  readonly #awaited = new Map<string, number>()
  #awaitedCount = 0
  #observer: PerformanceObserver | null = null
  #sumMs = 0
  #count = 0

  constructor(options: ConnectLatencyOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#observer !== null) return
    const { guard } = this.#options
    guard.run(PART, () => subscribe(CHANNEL, this.#onSocket), undefined)
    this.#observer = new PerformanceObserver((list) =>
      guard.run(PART, () => this.#addEntries(list.getEntries()), undefined),
    )
    // absent from @types/node's list of entry types, present in all supported versions
    guard.run(PART, () => this.#observer?.observe({ entryTypes: ['net' as 'gc'] }), undefined)
  }

  stop(): void {
    unsubscribe(CHANNEL, this.#onSocket)
    this.#observer?.disconnect()
    this.#observer = null
    for (const watch of this.#watches) watch.release()
    this.#watches.clear()
    this.#forgetAwaited()
    this.#sumMs = 0
    this.#count = 0
  }

  /** Mean of the connections that succeeded since the last call; `null` when none did. */
  takeMeanMs(): number | null {
    const { guard } = this.#options
    guard.run(PART, () => this.#addEntries(this.#observer?.takeRecords() ?? []), undefined)
    const mean = this.#count === 0 ? null : this.#sumMs / this.#count
    this.#sumMs = 0
    this.#count = 0
    return mean
  }

  // arrows: subscribing and unsubscribing need the same function
  readonly #onSocket = (message: unknown): void => {
    this.#options.guard.run(PART, () => this.#watch((message as { socket: Socket }).socket), undefined)
  }

  readonly #onEnd = (watch: ConnectWatch, outcome: ConnectOutcome | null): void => {
    this.#watches.delete(watch)
    if (outcome === null) return
    if (outcome.success) this.#awaitEntry(outcome.endpoint)
    this.#add(outcome.host, outcome.durationMs, outcome.success)
  }

  #watch(socket: Socket): void {
    if (this.#watches.size >= MAX_WATCHED) return
    this.#watches.add(new ConnectWatch({ socket, clock: this.#options.clock, onEnd: this.#onEnd }))
  }

  #awaitEntry(endpoint: string): void {
    if (this.#awaitedCount >= MAX_AWAITED_ENTRIES) this.#forgetAwaited()
    this.#awaitedCount++
    this.#awaited.set(endpoint, (this.#awaited.get(endpoint) ?? 0) + 1)
  }

  #forgetAwaited(): void {
    this.#awaited.clear()
    this.#awaitedCount = 0
  }

  #addEntries(entries: PerformanceEntry[]): void {
    for (const entry of entries) {
      const { host, port } = ((entry as { detail?: unknown }).detail ?? {}) as { host?: unknown; port?: unknown }
      if (entry.name !== 'connect' || typeof host !== 'string' || typeof port !== 'number') continue
      const endpoint = endpointOf(host, port)
      const awaited = this.#awaited.get(endpoint)
      if (awaited === undefined) {
        this.#add(endpoint, entry.duration, true)
        continue
      }
      this.#awaitedCount--
      if (awaited === 1) this.#awaited.delete(endpoint)
      else this.#awaited.set(endpoint, awaited - 1)
    }
  }

  #add(host: string, durationMs: number, success: boolean): void {
    if (success) {
      this.#sumMs += durationMs
      this.#count++
    }
    this.#options.guard.run(PART, () => this.#options.onConnect(host, durationMs, success), undefined)
  }
}
