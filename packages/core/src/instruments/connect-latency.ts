// Connect time of outbound TCP connections, the look-up of the name included. Node 20 does not publish TLS
// sockets and `new Socket().connect()` on the channel (22.23 and 24.21 do): their connections are taken from `net` performance entries, their
// names from `dns` ones.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import type { Clock } from '../clock.js'
import type { Guard } from '../guard.js'
import { type ConnectOutcome, ConnectWatch, endpointOf, hostNameOf } from './connect-watch.js'

const CHANNEL = 'net.client.socket'
const PART = 'connect-latency'
const MAX_WATCHED = 10_000 // sockets that are connecting at the same time; further ones are seen by their entries alone
const MAX_ADDRESSES = 1000 // whose names are remembered
const MAX_LOOKUPS = 8 // of one address that may still connect: those that never did must not name others' connections for long
const MAX_AWAITED_ENTRIES = 1000 // entries follow within a turn of the loop; more than this came from a burst of that size

export interface ConnectLatencyOptions {
  clock: Clock
  guard: Guard
  /** Once per connection. Failures are known only for sockets that Node publishes. */
  onConnect: (host: string, durationMs: number, success: boolean) => void
}

/** Of `net` and `dns` entries. */
interface EntryDetail {
  readonly host?: unknown
  readonly port?: unknown
  readonly hostname?: unknown
  readonly addresses?: unknown
}

export class ConnectLatency {
  readonly #options: ConnectLatencyOptions
  readonly #watches = new Set<ConnectWatch>()
  /** Connections that were measured at their socket and whose performance entry is still to come, by endpoint. */
  readonly #awaited = new Map<string, number>()
  #awaitedCount = 0
  /** What was looked up last, by address, and how many connections may still come of it. */
  readonly #names = new Map<string, { name: string; left: number }>()
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
    guard.run(PART, () => this.#observer?.observe({ entryTypes: ['net' as 'gc', 'dns' as 'gc'] }), undefined)
  }

  stop(): void {
    unsubscribe(CHANNEL, this.#onSocket)
    this.#observer?.disconnect()
    this.#observer = null
    for (const watch of this.#watches) watch.release()
    this.#watches.clear()
    this.#forgetAwaited()
    this.#names.clear()
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
      const detail = ((entry as { detail?: unknown }).detail ?? {}) as EntryDetail
      const { host, port } = detail
      if (entry.name === 'lookup') this.#learnNames(detail)
      if (entry.name !== 'connect' || typeof host !== 'string' || typeof port !== 'number') continue
      const endpoint = endpointOf(host, port)
      const name = this.#takeName(host)
      const awaited = this.#awaited.get(endpoint)
      if (awaited === undefined) {
        this.#add(hostNameOf(name ?? host, port), entry.duration, true)
        continue
      }
      this.#awaitedCount--
      if (awaited === 1) this.#awaited.delete(endpoint)
      else this.#awaited.set(endpoint, awaited - 1)
    }
  }

  #learnNames({ hostname, addresses }: EntryDetail): void {
    if (typeof hostname !== 'string' || !Array.isArray(addresses)) return
    for (const each of addresses) {
      const address: unknown = typeof each === 'string' ? each : (each as { address?: unknown } | null)?.address
      if (typeof address !== 'string') continue
      const known = this.#names.get(address)
      const left = known?.name === hostname ? Math.min(MAX_LOOKUPS, known.left + 1) : 1
      if (known === undefined && this.#names.size >= MAX_ADDRESSES) this.#names.clear()
      this.#names.set(address, { name: hostname, left })
    }
  }

  #takeName(address: string): string | null {
    const known = this.#names.get(address)
    if (known === undefined || known.left === 0) return null
    known.left--
    return known.name
  }

  #add(host: string, durationMs: number, success: boolean): void {
    if (success) {
      this.#sumMs += durationMs
      this.#count++
    }
    this.#options.guard.run(PART, () => this.#options.onConnect(host, durationMs, success), undefined)
  }
}
