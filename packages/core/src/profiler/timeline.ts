// Which operation runs when, written by the main thread while a profile is taken: `async_hooks` tell of each callback and
// continuation, the tracker of each run that begins within one. Both threads read the same monotonic clock, V8's samples too.
import { type AsyncHook, createHook } from 'node:async_hooks'
import { HttpExchange } from '../tracker/exchange.js'
import type { Span } from '../tracker/span.js'
import type { ScopeObserver, Tracker } from '../tracker/tracker.js'
import { processMonotonicUs, slotLength, type TimelineData } from './slots.js'

const MAX_DEPTH = 1000 // beyond it callbacks that never came back have left theirs (an uncaught exception): begin anew
const MAX_OPERATIONS = 32_000
const MAX_EXCHANGES = 1_000_000 // 60 s of 16,000 a second
const RESOLVE_AT = 2000 // exchanges whose route was not certain when they ran; more are kept only while they are active
const NONE = 1
const FIRST_ID = 2

type Name = { component: string; operation: string }

export class Timeline implements ScopeObserver {
  readonly data: TimelineData
  readonly #tracker: Tracker
  readonly #slots: Int32Array
  readonly #hook: AsyncHook
  readonly #stack: (Span | null)[] = []
  #last: Span | null | undefined = undefined
  readonly #operations = new Map<Name, number>()
  /** Exchanges by number: which operation they are is certain when they are over. */
  readonly #exchanges = new Map<HttpExchange, number>()
  #exchangeCount = 0
  #resolved = new Uint16Array(1024)
  #resolveAt = RESOLVE_AT

  constructor(tracker: Tracker, durationMs: number) {
    this.#tracker = tracker
    const { slotUs, count } = slotLength(durationMs)
    const slots = new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT)
    this.#slots = new Int32Array(slots)
    this.data = { slots, slotUs, startUs: processMonotonicUs() }
    // what a hook throws ends the process
    this.#hook = createHook({
      before: () => this.enter(this.#tracker.scoped),
      after: () => this.leave(),
    })
  }

  start(): void {
    this.#tracker.observer?.replaced?.()
    this.#tracker.observer = this
    this.#hook.enable()
  }

  /** Idempotent. */
  stop(): void {
    this.#hook.disable()
    if (this.#tracker.observer === this) this.#tracker.observer = null
  }

  enter(span: Span | null): void {
    try {
      if (this.#stack.length >= MAX_DEPTH) this.#stack.length = 0
      this.#stack.push(span)
      this.#write(span)
    } catch (error) {
      this.#giveUp(error)
    }
  }

  leave(): void {
    try {
      const stack = this.#stack
      stack.pop()
      this.#write(stack.length === 0 ? null : (stack[stack.length - 1] as Span | null))
    } catch (error) {
      this.#giveUp(error)
    }
  }

  /** The operation of each exchange, by its number. */
  exchanges(): Uint16Array<ArrayBuffer> {
    this.#resolve(true)
    return this.#resolved.slice(0, this.#exchangeCount)
  }

  /** By their numbers. */
  names(): Name[] {
    return [...this.#operations.keys()].map(({ component, operation }) => ({ component, operation }))
  }

  /** The rest of the profile has no operations. */
  #giveUp(error: unknown): void {
    this.stop()
    this.#tracker.reportFault('profiler', error)
  }

  #write(span: Span | null): void {
    if (span === this.#last) return
    this.#last = span
    const { startUs, slotUs } = this.data
    const slot = Math.floor((processMonotonicUs() - startUs) / slotUs)
    if (slot < this.#slots.length) this.#slots[slot] = this.#idOf(span)
  }

  #idOf(span: Span | null): number {
    let live = span
    while (live?.ended && live.outer !== null) live = live.outer
    if (live === null) return NONE
    if (live instanceof HttpExchange && !live.ended) return FIRST_ID + 2 * this.#exchange(live) + 1
    return FIRST_ID + 2 * this.#operation(live.running)
  }

  /** The first is that of what has no name. */
  #operation(name: Name | null): number {
    if (name === null) return 0
    let id = this.#operations.get(name)
    if (id === undefined) {
      if (this.#operations.size >= MAX_OPERATIONS) return 0
      id = this.#operations.size + 1
      this.#operations.set(name, id)
    }
    return id
  }

  #exchange(exchange: HttpExchange): number {
    const known = this.#exchanges.get(exchange)
    if (known !== undefined) return known
    if (this.#exchanges.size >= this.#resolveAt) {
      this.#resolve(false)
      this.#resolveAt = Math.max(RESOLVE_AT, 2 * this.#exchanges.size)
    }
    if (this.#exchangeCount >= MAX_EXCHANGES) return 0
    const number = this.#exchangeCount++
    if (number >= this.#resolved.length) {
      const larger = new Uint16Array(this.#resolved.length * 2)
      larger.set(this.#resolved)
      this.#resolved = larger
    }
    this.#exchanges.set(exchange, number)
    return number
  }

  #resolve(isLast: boolean): void {
    for (const [exchange, number] of this.#exchanges) {
      if (!exchange.ended && !isLast) continue
      this.#resolved[number] = this.#operation(exchange.running)
      this.#exchanges.delete(exchange)
    }
  }
}
