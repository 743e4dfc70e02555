// Requests of node:http and node:https through Node's own channels: from the call to the end of the response's body.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Operation } from '../tracker/operation.js'
import type { OperationSpan } from '../tracker/span.js'
import { AgentCalls } from './agent-calls.js'
import { type AgentLike, readAgent } from './agent-pools.js'
import { ClientOperations } from './client-operations.js'
import { contained } from './contained.js'
import type { Instrument, InstrumentOptions, InstrumentState } from './instrument.js'
import type { Taker } from './pools.js'
import { isEventStream, isFailedStatus } from './response.js'
import { SocketSites } from './socket-sites.js'
import { beginCall } from './spans.js'

const PART = 'instrument http'
/** Node 22 and newer: when the request is made. Older ones tell first when it has its socket and its body is written: `agent-calls.ts`. */
const TELLS_CREATED = Number(process.versions.node.split('.')[0]) >= 22
const CREATED = 'http.client.request.created'
const STARTED = 'http.client.request.start'
const ANSWERED = 'http.client.response.finish' // has its head: the body is still to come
const FAILED = 'http.client.request.error'

interface Exchange {
  readonly request: ClientRequest
}

export class HttpInstrument implements Instrument {
  readonly name = 'http'
  readonly #options: InstrumentOptions
  readonly #operations: ClientOperations
  readonly #waits = new WeakMap<Operation, Operation>()
  /** Nothing but the request itself keeps its run. `null`: this one is not measured. */
  readonly #spans = new WeakMap<ClientRequest, OperationSpan | null>()
  readonly #failures = new WeakMap<ClientRequest, unknown>()
  readonly #agents: AgentCalls | null
  readonly #sites: SocketSites | null
  #running = false

  constructor(options: InstrumentOptions) {
    this.#options = options
    this.#operations = new ClientOperations(options.tracker)
    const { guard } = options
    this.#agents = TELLS_CREATED ? null : new AgentCalls({ guard, onRequest: (request) => this.#begin(request, true) })
    this.#sites = TELLS_CREATED ? null : new SocketSites(options)
    this.#onCreated = contained<Exchange>(guard, PART, ({ request }) => this.#begin(request, true))
    this.#onStarted = contained<Exchange>(guard, PART, ({ request }) => {
      if (this.#spans.has(request)) return
      this.#begin(request, false)
      const span = this.#spans.get(request)
      if (span) this.#sites?.place(span, request.socket)
      this.#agents?.watch((request as { agent?: unknown }).agent)
    })
    this.#onAnswered = contained<Exchange & { response: IncomingMessage }>(guard, PART, ({ request, response }) => {
      // a stream of events has no end to wait for: the call is over when it begins
      if (isEventStream(response.headers['content-type'])) this.#end(request, response)
    })
    this.#onFailed = contained<Exchange & { error?: unknown }>(guard, PART, ({ request, error }) => {
      this.#failures.set(request, error)
    })
  }

  readonly #onCreated: (message: unknown) => void
  readonly #onStarted: (message: unknown) => void
  readonly #onAnswered: (message: unknown) => void
  readonly #onFailed: (message: unknown) => void

  get state(): InstrumentState {
    return { seen: this.#running, reason: null }
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    if (TELLS_CREATED) subscribe(CREATED, this.#onCreated)
    else subscribe(STARTED, this.#onStarted)
    this.#agents?.start()
    this.#sites?.start()
    subscribe(ANSWERED, this.#onAnswered)
    subscribe(FAILED, this.#onFailed)
  }

  /** Requests in flight are still measured to their end. */
  stop(): void {
    this.#running = false
    unsubscribe(CREATED, this.#onCreated)
    unsubscribe(STARTED, this.#onStarted)
    this.#agents?.stop()
    this.#sites?.stop()
    unsubscribe(ANSWERED, this.#onAnswered)
    unsubscribe(FAILED, this.#onFailed)
  }

  #begin(request: ClientRequest, isNew: boolean): void {
    const operation = this.#operations.operation(request.method, targetOf(request), identity)
    const span = beginCall(this.#options.tracker, operation)
    this.#spans.set(request, span)
    if (span === null) return
    // the request's own 'close' comes after the response's, after an error, an upgrade and an abort: one listener sees all ends
    request.once('close', () => {
      this.#options.guard.run(PART, () => this.#end(request, responseOf(request)), undefined)
    })
    if (hasOwnConnection(request)) return
    const { pools } = this.#options
    pools.add((request as { agent?: AgentLike }).agent as AgentLike, readAgent)
    pools.took(request, takerOf(span))
    if (isNew) {
      request.once('socket', () => this.#options.guard.run(PART, () => this.#addWait(span), undefined))
    }
  }

  #end(request: ClientRequest, response: IncomingMessage | null): void {
    this.#spans.get(request)?.end(this.#succeeded(request, response), this.#failures.get(request))
  }

  /** An answer that the app gave up reading is judged by its status: only what broke by itself is a failure. */
  #succeeded(request: ClientRequest, response: IncomingMessage | null): boolean {
    if (response === null || isFailedStatus(response.statusCode)) return false
    if (response.complete) return true
    return !this.#failures.has(request) && (response.errored ?? null) === null
  }

  /** From the call to a socket of the agent, new or free: what lies between is the agent's limit. */
  #addWait(span: OperationSpan): void {
    if (span.ended) return
    const { tracker } = this.#options
    const { operation } = span
    let wait = this.#waits.get(operation)
    if (wait === undefined) {
      wait = tracker.operation('pool', `agent ${operation.operation.slice(operation.operation.indexOf(' ') + 1)}`)
      this.#waits.set(operation, wait)
    }
    span.addPart(wait, span.startMs)
  }
}

/** A socket is out for a request until its answer was read. Sampling the stack of each would cost more than the request's own instrument. */
function takerOf({ outer, site }: OperationSpan): Taker {
  const { component = null, operation = null } = outer?.running ?? {}
  return { component, operation, frame: site }
}

const identity = (host: string) => host

/** The host that is called, with its port where that is not the default. The Host header may name any other: a proxy passes its client's on. */
function targetOf(request: ClientRequest): string {
  const { host } = request
  const header = request.getHeader('host')
  const isItsOwn = typeof header === 'string' && header.startsWith(host.includes(':') ? `[${host}` : host)
  const port = isItsOwn ? /:\d+$/.exec(header)?.[0] : undefined
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return port === undefined ? name.toLowerCase() : `${name.toLowerCase()}${port}`
}

/** `createConnection` and unix sockets go past the agent's limits. */
function hasOwnConnection(request: ClientRequest): boolean {
  return (request as { agent?: unknown }).agent == null || (request as { socketPath?: unknown }).socketPath != null
}

function responseOf(request: ClientRequest): IncomingMessage | null {
  return (request as { res?: IncomingMessage | null }).res ?? null
}
