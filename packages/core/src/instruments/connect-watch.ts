import { type EventEmitter, errorMonitor } from 'node:events'
import { isIPv6, type Socket } from 'node:net'
import type { Clock } from '../clock.js'

// `http-client` leaves them out as well: how many requests to a host opened a connection is read off the two counts
const DEFAULT_PORTS: ReadonlySet<number> = new Set([80, 443])

/** How one connection attempt ended. */
export interface ConnectOutcome {
  /** `hostname[:port]` as requests to it are named, with the address where no name was looked up. */
  host: string
  /** Address and port of the last attempt, as Node's performance entry has them. */
  endpoint: string
  durationMs: number
  success: boolean
}

export interface ConnectWatchOptions {
  socket: Socket
  clock: Clock
  /** Called at most once, with `null` when there was nothing to measure (unix socket, name not found, socket destroyed). */
  onEnd: (watch: ConnectWatch, outcome: ConnectOutcome | null) => void
}

/**
 * Listens on one socket until it is connected or gone. Timed from the call: a slow name server is the most usual reason of a slow connect,
 * and Happy Eyeballs is several attempts and one connection.
 * Never an `error` listener: it would silence the app's missing one; `errorMonitor` sees the event without handling it.
 */
export class ConnectWatch {
  readonly #socket: EventEmitter // its typed events lack the error monitor
  readonly #clock: Clock
  readonly #onEnd: ConnectWatchOptions['onEnd']
  readonly #listenerLimit: number
  #isOver = false
  #hostname: string | null = null
  readonly #startedAtMs: number
  #attempt: { address: string; port: number } | null = null

  constructor({ socket, clock, onEnd }: ConnectWatchOptions) {
    this.#socket = socket
    this.#clock = clock
    this.#onEnd = onEnd
    this.#startedAtMs = clock.monotonicMs()
    // room for ours, so that the app's own tenth listener raises no warning
    this.#listenerLimit = socket.getMaxListeners()
    if (this.#listenerLimit !== 0) socket.setMaxListeners(this.#listenerLimit + 1)
    this.#socket.on('lookup', this.#onLookup)
    this.#socket.on('connectionAttempt', this.#onAttempt)
    this.#socket.on('connect', this.#onConnect)
    this.#socket.on(errorMonitor, this.#onFailure)
    this.#socket.on('close', this.#onClose)
  }

  /** Leaves the socket as it was. */
  release(): void {
    if (this.#isOver) return
    this.#isOver = true
    const socket = this.#socket
    socket.off('lookup', this.#onLookup)
    socket.off('connectionAttempt', this.#onAttempt)
    socket.off('connect', this.#onConnect)
    socket.off(errorMonitor, this.#onFailure)
    socket.off('close', this.#onClose)
    const isOurs = this.#listenerLimit !== 0 && socket.getMaxListeners() === this.#listenerLimit + 1
    if (isOurs) socket.setMaxListeners(this.#listenerLimit)
  }

  readonly #onLookup = (_error: unknown, _address: unknown, _family: unknown, hostname: unknown): void => {
    if (typeof hostname === 'string') this.#hostname = hostname
  }

  readonly #onAttempt = (address: string, port: number | undefined): void => {
    if (typeof port === 'number') {
      this.#attempt = { address, port }
    } else this.#end(null) // a unix socket or a named pipe
  }

  readonly #onConnect = (): void => this.#end(this.#outcome(true))
  readonly #onFailure = (): void => this.#end(this.#outcome(false))
  readonly #onClose = (): void => this.#end(null)

  #outcome(success: boolean): ConnectOutcome | null {
    if (this.#attempt === null) return null
    const { address, port } = this.#attempt
    return {
      host: hostNameOf(this.#hostname ?? address, port),
      endpoint: endpointOf(address, port),
      durationMs: this.#clock.monotonicMs() - this.#startedAtMs,
      success,
    }
  }

  #end(outcome: ConnectOutcome | null): void {
    if (this.#isOver) return
    this.release()
    this.#onEnd(this, outcome)
  }
}

export function endpointOf(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

export function hostNameOf(host: string, port: number): string {
  const name = host.toLowerCase()
  if (!DEFAULT_PORTS.has(port)) return endpointOf(name, port)
  return isIPv6(name) ? `[${name}]` : name
}
