// A tracing channel of a library (Node's `tracingChannel`): one object goes through start, end, error, asyncStart and asyncEnd of a call.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Guard } from '../guard.js'
import type { OperationSpan } from '../tracker/span.js'
import { contained } from './contained.js'

export interface TracedCallsOptions<T> {
  /** Without `tracing:`. */
  channel: string
  part: string
  guard: Guard
  /** `null`: not measured. */
  begin: (context: T) => OperationSpan | null
  /** Around what runs when a callback's turn has come: `null` behind it. */
  onCallback?: (span: OperationSpan | null) => void
}

export class TracedCalls<T extends object> {
  readonly #listeners: readonly (readonly [string, (message: unknown) => void])[]
  /** Nothing but the call's own object keeps its run. */
  readonly #spans = new WeakMap<object, OperationSpan>()

  constructor({ channel, part, guard, begin, onCallback }: TracedCallsOptions<T>) {
    const listen = (event: string, listener: (context: T & { error?: unknown }) => void) =>
      [`tracing:${channel}:${event}`, contained(guard, part, listener)] as const
    const listeners = [
      listen('start', (context) => {
        const span = begin(context)
        if (span !== null) this.#spans.set(context, span)
      }),
      // thrown at once: nothing asynchronous follows
      listen('end', (context) => {
        if (context.error !== undefined) this.#spans.get(context)?.end(false, context.error)
      }),
      listen('asyncStart', (context) => {
        const span = this.#spans.get(context)
        span?.end(context.error === undefined, context.error)
        onCallback?.(span ?? null)
      }),
    ]
    if (onCallback !== undefined) listeners.push(listen('asyncEnd', () => onCallback(null)))
    this.#listeners = listeners
  }

  start(): void {
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener)
  }

  stop(): void {
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener)
  }
}
