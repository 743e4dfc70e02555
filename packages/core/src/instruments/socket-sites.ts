// Node 20 tells of a request with an agent of its own only when it has its socket, where no frame of the app is on the stack. The socket is
// made where the call was: its place is kept until then. (Sockets of TLS are not published by Node 20.)
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { Guard } from '../guard.js'
import { type RawFrame, sampleStack } from '../tracker/frames.js'
import type { OperationSpan } from '../tracker/span.js'
import type { Tracker } from '../tracker/tracker.js'
import { contained } from './contained.js'

const CHANNEL = 'net.client.socket'
const STACKS_PER_SECOND = 10 // 12 us each

export class SocketSites {
  readonly #tracker: Tracker
  readonly #onSocket: (message: unknown) => void
  #frames = new WeakMap<Socket, RawFrame>()
  #stacks = 0
  #secondMs = Number.NEGATIVE_INFINITY

  constructor({ tracker, guard }: { tracker: Tracker; guard: Guard }) {
    this.#tracker = tracker
    this.#onSocket = contained<{ socket: Socket }>(guard, 'instrument http', ({ socket }) => this.#look(socket))
  }

  start(): void {
    if (this.#tracker.captures !== null) subscribe(CHANNEL, this.#onSocket)
  }

  stop(): void {
    unsubscribe(CHANNEL, this.#onSocket)
    this.#frames = new WeakMap()
  }

  /** Gives a run that has no place the one where its socket was made. */
  place(span: OperationSpan, socket: Socket | null | undefined): void {
    const frame = socket == null ? undefined : this.#frames.get(socket)
    if (socket == null || frame === undefined || span.site !== null) return
    this.#frames.delete(socket) // the next request on it was made elsewhere
    span.site = frame
    const { captures } = this.#tracker
    for (const caller of [span.outer?.caller, span.inHandler?.operation]) {
      if (caller != null) captures?.sites.name([span], caller)
    }
  }

  #look(socket: Socket): void {
    const nowMs = this.#tracker.nowMs()
    if (nowMs - this.#secondMs >= 1000) {
      this.#secondMs = nowMs
      this.#stacks = STACKS_PER_SECOND
    }
    if (this.#stacks === 0) return
    this.#stacks--
    const frame = sampleStack()?.frame
    if (frame !== undefined) this.#frames.set(socket, frame)
  }
}
