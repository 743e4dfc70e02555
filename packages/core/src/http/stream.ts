// Server-sent events: each event is serialised once for all clients, and not at all when there are none.
import type { TimerHandle } from '../clock.js'
import { PerfHttpError } from '../errors.js'
import type { PerfSource } from './source.js'

const HEARTBEAT_MS = 15_000 // proxies close what is silent for 30 to 60 s
const RETRY_MS = 3000
const MAX_QUEUED_EVENTS = 32 // half a minute behind at the default interval: such a client reads too slowly for a live view

type StreamSource = Pick<PerfSource, 'config' | 'guard' | 'onSample' | 'onAlert'>

export class StreamHub {
  readonly #source: StreamSource
  readonly #clients = new Set<StreamClient>()
  #subscriptions: (() => void)[] = []
  #heartbeat: TimerHandle | null = null
  #lastSample: string | null = null
  #lastId = 0
  #rejectedCount = 0
  #droppedCount = 0

  constructor(source: StreamSource) {
    this.#source = source
  }

  /** A new client's events; throws 429 when there are `limits.maxStreamClients` already. */
  open(): AsyncIterable<string> {
    const limit = this.#source.config.limits.maxStreamClients
    if (this.#clients.size >= limit) {
      this.#rejectedCount++
      throw new PerfHttpError(
        'too-many-requests',
        `The stream has ${limit} clients already (limits.maxStreamClients)`,
        {
          'Retry-After': String(RETRY_MS / 1000),
        },
      )
    }
    const client = new StreamClient((gone) => this.#remove(gone))
    client.push(`retry: ${RETRY_MS}\n\n`)
    if (this.#lastSample !== null) client.push(this.#lastSample)
    this.#clients.add(client)
    if (this.#clients.size === 1) this.#subscribe()
    return client
  }

  get clientCount(): number {
    return this.#clients.size
  }

  /** Clients turned away by the limit. */
  get rejectedCount(): number {
    return this.#rejectedCount
  }

  /** Clients dropped because they read too slowly. */
  get droppedCount(): number {
    return this.#droppedCount
  }

  close(): void {
    for (const client of [...this.#clients]) client.end()
  }

  #subscribe(): void {
    const { guard, config } = this.#source
    this.#heartbeat = config.clock.every(HEARTBEAT_MS, () => this.#send(':\n\n'))
    for (const start of [
      () =>
        this.#source.onSample((sample) => {
          this.#lastSample = this.#send(this.#event('sample', sample))
        }),
      () =>
        this.#source.onAlert((alert) => {
          this.#send(this.#event('alert', alert))
        }),
    ]) {
      const stop = guard.run('stream', start, null)
      if (stop !== null) this.#subscriptions.push(stop)
    }
  }

  #event(name: string, data: unknown): string {
    // JSON has no raw line break, so one data line is enough
    return `id: ${++this.#lastId}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
  }

  #send(event: string): string {
    for (const client of [...this.#clients]) {
      if (client.queuedCount < MAX_QUEUED_EVENTS) client.push(event)
      else {
        this.#droppedCount++
        client.end()
      }
    }
    return event
  }

  #remove(client: StreamClient): void {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return
    this.#heartbeat?.cancel()
    this.#heartbeat = null
    // by the time somebody listens again it would be stale
    this.#lastSample = null
    for (const unsubscribe of this.#subscriptions.splice(0)) this.#source.guard.run('stream', unsubscribe, undefined)
  }
}

/** One client's queue. Not a generator: `return()` must end a `next()` that waits. */
class StreamClient implements AsyncIterableIterator<string> {
  readonly #onEnd: (client: StreamClient) => void
  #queue: string[] = []
  #waiting: ((step: IteratorResult<string>) => void) | null = null
  #ended = false

  constructor(onEnd: (client: StreamClient) => void) {
    this.#onEnd = onEnd
  }

  get queuedCount(): number {
    return this.#queue.length
  }

  push(event: string): void {
    if (this.#ended) return
    const waiting = this.#waiting
    if (waiting === null) {
      this.#queue.push(event)
      return
    }
    this.#waiting = null
    waiting({ done: false, value: event })
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#queue = []
    this.#waiting?.({ done: true, value: undefined })
    this.#waiting = null
    this.#onEnd(this)
  }

  next(): Promise<IteratorResult<string>> {
    const value = this.#queue.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  return(): Promise<IteratorResult<string>> {
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
