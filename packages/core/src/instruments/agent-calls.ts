// Node 20 tells of a request only once it has its socket and its body is written, and never when the connection fails. Its agent is told when
// it is made, in the turn of the caller: each agent that is seen is wrapped by itself, until `stop()`.
import http, { type ClientRequest } from 'node:http'
import https from 'node:https'
import type { Guard } from '../guard.js'

const PART = 'instrument http'
const MAX_AGENTS = 1000 // an app that makes one a request gains nothing by it: each is seen with its first request

type AddRequest = (this: unknown, request: ClientRequest, ...rest: unknown[]) => unknown

export interface AgentCallsOptions {
  guard: Guard
  onRequest: (request: ClientRequest) => void
}

export class AgentCalls {
  readonly #options: AgentCallsOptions
  readonly #wrapped = new Set<WeakRef<object>>()
  #undo = new WeakMap<object, () => void>()
  #isOn = false

  constructor(options: AgentCallsOptions) {
    this.#options = options
  }

  start(): void {
    this.#isOn = true
    this.watch(http.globalAgent)
    this.watch(https.globalAgent)
  }

  stop(): void {
    this.#isOn = false
    for (const reference of this.#wrapped) {
      const agent = reference.deref()
      if (agent !== undefined) this.#undo.get(agent)?.()
    }
    this.#wrapped.clear()
    this.#undo = new WeakMap()
  }

  /** From its next request on. */
  watch(agent: unknown): void {
    if (!this.#isOn || typeof agent !== 'object' || agent === null || this.#undo.has(agent)) return
    if (this.#wrapped.size >= MAX_AGENTS) this.#forgetCollected()
    const original = (agent as { addRequest?: unknown }).addRequest
    if (this.#wrapped.size >= MAX_AGENTS || typeof original !== 'function' || !Object.isExtensible(agent)) return
    const own = Object.getOwnPropertyDescriptor(agent, 'addRequest')
    if (own?.configurable === false) return
    const { guard, onRequest } = this.#options
    const isOn = () => this.#isOn
    const wrapper: AddRequest = function (request, ...rest) {
      if (isOn()) guard.run(PART, () => onRequest(request), undefined)
      return Reflect.apply(original, this, [request, ...rest])
    }
    Object.defineProperty(agent, 'addRequest', {
      configurable: true,
      enumerable: own?.enumerable ?? false, // an agent looks as it did
      writable: true,
      value: wrapper,
    })
    this.#wrapped.add(new WeakRef(agent))
    this.#undo.set(agent, () => {
      // somebody wrapped ours meanwhile: taking it out would break theirs, so it stays and only passes calls on
      if (Object.getOwnPropertyDescriptor(agent, 'addRequest')?.value !== wrapper) return
      if (own === undefined) Reflect.deleteProperty(agent, 'addRequest')
      else Object.defineProperty(agent, 'addRequest', own)
    })
  }

  #forgetCollected(): void {
    for (const reference of this.#wrapped) if (reference.deref() === undefined) this.#wrapped.delete(reference)
  }
}
